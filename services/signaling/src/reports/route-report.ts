import { callIdOf, type CallId } from '@earshot/contracts';
import type { OutsideCause } from '@earshot/event-log';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import { readDialled } from '../domain/dial-plan.ts';
import type { SwitchReport } from '../domain/switch.ts';
import type { LiveLegs } from './live-legs.ts';

/** A report of the switch, led to the call it is about. */
export interface RoutedInput {
  readonly callId: CallId;
  readonly input: CallInput;
  readonly cause: OutsideCause;
}

type Arrival = Extract<SwitchReport, { type: 'leg-arrived' }>;

/** A number as a telephone network writes it (E.164, with or without its plus); anything else tells nothing about who calls. */
const writtenAsNumber = /^\+?[0-9]{3,15}$/;

/** Who calls, as far as it may be believed: inside is who the directory knows, and nobody else for what they call themselves. */
const believed = (from: Arrival['from'], directory: Directory): Arrival['from'] => {
  if (from.kind === 'extension')
    return directory.agent(from.extension) ? from : { kind: 'outside', number: 'anonymous' };
  return { kind: 'outside', number: writtenAsNumber.test(from.number) ? from.number : 'anonymous' };
};

const routeArrival = (report: Arrival, legs: LiveLegs, directory: Directory): RoutedInput => {
  const { at, handle, dialled } = report;
  const caller = believed(report.from, directory);
  const cause: OutsideCause = { source: 'SWITCH', id: `leg-arrived:${handle}:${at}` };
  const destination = readDialled(dialled, caller, directory);
  if (destination.to !== 'supervision' || caller.kind !== 'extension') {
    legs.expect(handle, report.callId);
    return {
      callId: report.callId,
      cause,
      input: {
        type: 'leg-arrived',
        at,
        handle,
        caller,
        dialled,
        destination,
        callId: report.callId,
        directory,
      },
    };
  }
  const talking = legs.talkingLegOf(destination.target);
  const callId = talking?.callId ?? report.callId;
  legs.expect(handle, callId);
  return {
    callId,
    cause: { ...cause, byMaster: true },
    input: {
      type: 'supervision-dialled',
      at,
      handle,
      supervisor: caller.extension,
      callId,
      dialled: destination,
      supervisedLegId: talking?.leg.legId ?? null,
      directory,
    },
  };
};

/**
 * Leads a report to its call: by our own id where it carries one, else by the leg it names.
 * Undefined: it is about nothing of ours.
 */
export const routeReport = (
  report: Exclude<SwitchReport, { type: 'reconnected' | 'replaced' }>,
  legs: LiveLegs,
  directory: Directory,
): RoutedInput | undefined => {
  if (report.type === 'leg-arrived') return routeArrival(report, legs, directory);
  const about =
    'handle' in report ? report.handle : 'promptId' in report ? report.promptId : report.recordingId;
  const callId = callIdOf(about) ?? legs.callOf(about);
  if (!callId) return undefined;
  // Two keys may be let go within the same millisecond.
  const what = report.type === 'key-pressed' ? `${report.type}:${report.key}` : report.type;
  const cause: OutsideCause = { source: 'SWITCH', id: `${what}:${about}:${report.at}` };
  switch (report.type) {
    case 'recorder-failed':
      return {
        callId,
        cause,
        input: {
          type: 'recorder-refused',
          at: report.at,
          recordingId: report.recordingId,
          reason: report.reason,
        },
      };
    case 'leg-answered':
    case 'key-pressed':
    case 'prompt-ended':
      return { callId, cause, input: { ...report, directory } };
    default:
      return { callId, cause, input: report };
  }
};
