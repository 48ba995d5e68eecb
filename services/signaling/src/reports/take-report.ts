import { callIdOf, type CallId } from '@earshot/contracts';
import type { OutsideCause } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { CallInput } from '../domain/call-input.ts';
import { modeOfKey } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import type { Handle, Switch, SwitchReport } from '../domain/switch.ts';
import type { Orders } from '../orders/orders.ts';
import type { LiveLegs } from './live-legs.ts';
import { routeReport } from './route-report.ts';

/** What the switch tells of a call. */
export type CallReport = Exclude<SwitchReport, { readonly type: 'reconnected' | 'replaced' }>;

export interface ReportOptions {
  readonly switch: Pick<Switch, 'perform'>;
  readonly orders: Pick<Orders, 'recorderRuns' | 'legLeft' | 'keyPressed' | 'reported'>;
  readonly legs: LiveLegs;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly decide: (callId: CallId, input: CallInput, cause: OutsideCause) => Promise<unknown>;
}

/** Takes what the switch tells: what cannot wait is done at once, and the call it is about is decided on. */
export const takingReports = (options: ReportOptions): ((report: CallReport) => Promise<void>) => {
  const { switch: theSwitch, orders, legs, directory, logger, decide } = options;

  /** What cannot wait until the log has the report. The answer ends it, when the log has. */
  const actAtOnce = (report: CallReport): (() => void) | undefined => {
    if (report.type === 'recorder-started') {
      const callId = callIdOf(report.recordingId);
      if (callId) orders.recorderRuns(callId, report.recordingId);
    }
    if (report.type !== 'key-pressed' && report.type !== 'leg-gone') return undefined;
    const known = legs.legOf(report.handle);
    if (!known) return undefined;
    const { callId, state, leg } = known;
    if (report.type === 'leg-gone') return orders.legLeft(callId, state, report.handle);
    const mode = leg.party === 'supervisor' ? modeOfKey(report.key) : undefined;
    return mode && orders.keyPressed(callId, state, leg, { key: report.key, mode, at: report.at });
  };

  /** What it dialled leads nowhere; or it is over by the log, and is there yet or came late. */
  const hangUpUnlessAlive = async (handle: Handle): Promise<void> => {
    const known = legs.legOf(handle);
    if (known && known.leg.state !== 'ended') return;
    logger.warn('a leg that dialled what is no number of ours, or that is over by the log, is hung up');
    legs.forget(handle);
    await theSwitch.perform({ op: 'hang-up', leg: handle });
  };

  return async (report) => {
    if (report.type === 'leg-gone') legs.left(report.handle);
    const undo = actAtOnce(report);
    const routed = routeReport(report, legs, directory);
    if (!routed) return logger.debug({ report: report.type }, 'a report about nothing of ours');
    // Keys change nothing that the switch could be asked for.
    if (report.type !== 'key-pressed') orders.reported(routed.callId);
    try {
      await decide(routed.callId, routed.input, routed.cause);
      if (report.type === 'leg-arrived' || report.type === 'leg-answered')
        await hangUpUnlessAlive(report.handle);
    } finally {
      undo?.();
    }
  };
};
