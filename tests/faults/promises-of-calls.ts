import type { KeptRecording } from './kept-recordings.ts';
import { callIdOf, consentKey, type CallEvent } from '@earshot/contracts';
import { castOf } from './cast.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { lastOf, ofType } from './log-reader.ts';
import type { Press } from './phone-records.ts';

type Check = (world: FaultyWorld) => readonly string[];

interface Window {
  readonly legId: string;
  readonly awaits: 'consent' | 'menu';
  readonly from: number;
  readonly to: number;
  readonly closed: string | null;
}

const windowsOf = (events: readonly CallEvent[]): readonly Window[] =>
  ofType(events, 'KeyWindowOpened').map(({ data, occurredAt }) => {
    const closed = ofType(events, 'KeyWindowClosed').find((event) => event.data.windowId === data.windowId);
    return {
      ...data,
      from: Date.parse(occurredAt),
      to: closed ? Date.parse(closed.occurredAt) : Infinity,
      closed: closed?.data.reason ?? null,
    };
  });

/**
 * What the caller's own phone knows of keys that were let go while a window stood open, or that went down in it and were let
 * go after an agent answered: of those nobody can know but a process that lived to write it down.
 */
const pressedIn = (
  events: readonly CallEvent[],
  presses: readonly Press[],
  awaits: Window['awaits'],
): readonly Press[] => {
  const caller = castOf(events).find(({ party, origin }) => party === 'customer' && origin === 'arrived');
  const windows = windowsOf(events).filter(
    (window) => window.awaits === awaits && window.legId === caller?.legId,
  );
  return presses.filter(
    (press) => press.handle === caller?.handle && windows.some((window) => isIn(events, window, press)),
  );
};

const isIn = (
  events: readonly CallEvent[],
  { from, to, closed, awaits }: Window,
  { at, downAt }: Press,
): boolean => {
  const isWritten = ofType(events, 'KeyPressed').some(({ occurredAt }) => Date.parse(occurredAt) === at);
  const endsLate = awaits === 'consent' && closed === 'connected' && isWritten;
  return from < at && (endsLate ? downAt : at) < to;
};

/** Something of it can be fetched, or could be. */
const isRecording =
  (events: readonly CallEvent[], kept: readonly KeptRecording[]) =>
  ({ recordingId }: { readonly recordingId: string }): boolean => {
    const isTakenBack = ofType(events, 'RecordingWithdrawn').some(
      ({ data }) => data.recordingId === recordingId && data.reason === 'caller_opted_out',
    );
    return !isTakenBack || kept.some((file) => file.recordingId === recordingId && file.durationMs > 0);
  };

/** The caller's choice is what the caller pressed, whoever heard it. */
const whatWasPressedCounts: Check = ({ log, phones, theSwitch, kept }) =>
  log.calls().flatMap((callId) => {
    const events = log.of(callId);
    const setting = lastOf(events, 'RecordingPolicyApplied')?.data.setting;
    if (lastOf(events, 'CallStarted')?.data.direction !== 'inbound') return [];
    const isRecorded = theSwitch
      .recordings()
      .filter(({ recordingId }) => recordingId.startsWith(callId))
      .some(isRecording(events, kept()));
    const pressed = pressedIn(events, phones.presses, 'consent').filter(({ key }) => key === consentKey);
    const wasDeaf = windowsOf(events).some(
      ({ awaits, closed }) => awaits === 'consent' && closed === 'keys_not_heard',
    );
    const choice = lastOf(events, 'ConsentChosen');
    const broken: string[] = [];
    if (isRecorded && setting === 'opt_out' && pressed.length > 0)
      broken.push(`${callId} is recorded although its caller opted out`);
    if (isRecorded && setting === 'opt_out' && wasDeaf)
      broken.push(`${callId} is recorded although its caller's keys were not heard`);
    if (isRecorded && setting === 'opt_in' && pressed.length === 0)
      broken.push(`${callId} is recorded although its caller did not opt in`);
    if (isRecorded && (setting === 'never' || setting === undefined))
      broken.push(`${callId} is recorded although its line is not`);
    const ended = lastOf(events, 'CallEnded');
    const isOverBefore = ended !== undefined && !lastOf(events, 'ConversationChanged');
    if (pressed.some(({ wasHeard }) => wasHeard) && !wasDeaf && !isOverBefore && !choice)
      broken.push(`${callId}: the caller pressed 3, and it counted for nothing`);
    return broken;
  });

interface Waiting {
  readonly group: string | null;
  readonly extension: string | null;
  readonly since: string;
  readonly sequence: number;
  readonly recordedAt: number;
}

/** Who entered the queue just before may not be known yet: the commit is stored, and its answer is on the way. In ms. */
const knownAfterMs = 3_000;

/** Agents are rung by one call at a time, and for the caller who has waited longest; told by going through the log in order. */
const agentsAreRungInTurn: Check = ({ log }) => {
  const ringing = new Map<string, string>();
  const waiting = new Map<string, Waiting>();
  const shunned = new Map<string, number>();
  const broken: string[] = [];
  for (const event of log.all()) {
    const { callId, sequence } = event;
    const own = waiting.get(callId);
    if (event.type === 'QueueEntered') {
      waiting.set(callId, {
        group: event.data.group?.id ?? null,
        extension: event.data.extension,
        since: event.occurredAt,
        sequence,
        recordedAt: Date.parse(event.recordedAt),
      });
    }
    if (event.type === 'ConversationChanged' || event.type === 'CallEnded') waiting.delete(callId);
    if (event.type === 'LegOffered' && event.data.agent) {
      const { extension } = event.data.agent;
      const other = [...ringing].find(([, rung]) => rung === extension);
      if (own && other) broken.push(`${extension} is rung for ${callId} while it is rung as ${other[0]}`);
      const older =
        own &&
        [...waiting].find(
          ([id, { group, since, sequence: entered, recordedAt }]) =>
            id !== callId &&
            group !== null &&
            group === own.group &&
            since < own.since &&
            entered < own.sequence &&
            Date.parse(event.recordedAt) - recordedAt > knownAfterMs &&
            (shunned.get(`${id} ${extension}`) ?? 0) < Date.parse(event.occurredAt),
        );
      if (older) broken.push(`${extension} is rung for ${callId}, and ${older[0]} has waited longer`);
      ringing.set(event.data.legId, extension);
    }
    if (event.type === 'LegEnded') {
      const extension = ringing.get(event.data.legId);
      // Whoever declined is left alone by this call for a while.
      if (extension !== undefined)
        shunned.set(`${callId} ${extension}`, Date.parse(event.occurredAt) + 15_000);
      ringing.delete(event.data.legId);
    }
  }
  return broken;
};

/** What can be fetched lies within the time for which it was allowed and in which the parties really talked, by the switch's clock. */
const whatCanBeFetchedWasAllowed: Check = ({ log, kept, phones }) =>
  kept().flatMap(({ recordingId, startedAt, durationMs }) => {
    const events = log.of(callIdOf(recordingId) ?? '');
    const allowed = ofType(events, 'RecordingAllowed').find(({ data }) => data.recordingId === recordingId);
    if (!allowed) return [`${recordingId} can be fetched, and there was never a decision`];
    const withdrawn = ofType(events, 'RecordingWithdrawn').find(
      ({ data }) => data.recordingId === recordingId,
    );
    const talking = lastOf(events, 'ConversationChanged')?.data.parties.map(({ legId }) => legId) ?? [];
    const left = castOf(events)
      .filter(({ legId }) => talking.includes(legId))
      .flatMap(({ handle }) => phones.hungUpAt.get(handle) ?? []);
    const until = Math.min(withdrawn ? Date.parse(withdrawn.occurredAt) : Infinity, ...left);
    const [from, to] = [Date.parse(startedAt), Date.parse(startedAt) + durationMs];
    if (durationMs === 0) return [];
    return from < Date.parse(allowed.occurredAt) || to > until
      ? [
          `${recordingId} can be fetched from ${from - Date.parse(allowed.occurredAt)} to ${to - until} ms around what was allowed`,
        ]
      : [];
  });

/** What was recorded while it was allowed can be fetched in the end. */
const whatWasAllowedCanBeFetched: Check = ({ log, kept, theSwitch }) =>
  theSwitch.recordings().flatMap(({ recordingId, durationMs }) => {
    const events = log.of(callIdOf(recordingId) ?? '');
    if (durationMs === null || !lastOf(events, 'CallEnded') || ofType(events, 'RecorderUnknown').length > 0)
      return [];
    const collected = ofType(events, 'RecordingCollected').some(
      ({ data }) => data.recordingId === recordingId,
    );
    return collected || kept().some((recording) => recording.recordingId === recordingId)
      ? []
      : [`${recordingId} was never collected`];
  });

/** What holds for every call whenever it is asked, out of its log and of what the phones know. */
export const promisesOfCalls: Check = (world) =>
  [whatWasPressedCounts, agentsAreRungInTurn, whatCanBeFetchedWasAllowed, whatWasAllowedCanBeFetched].flatMap(
    (check) => check(world),
  );
