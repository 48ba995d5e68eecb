import type { CallId, Instant } from '@earshot/contracts';
import type { Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { CallInput } from '../domain/call-input.ts';
import type { Switch } from '../domain/switch.ts';
import type { Lane } from './lane.ts';

export interface StoppingOptions {
  readonly switch: Switch;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly uptimeMs: () => number;
  readonly now: () => Instant;
  readonly closing: AbortSignal;
  /** Tells the log; nothing here waits for it. */
  readonly tell: (callId: CallId, about: string, input: CallInput) => void;
}

/** Stops a recorder, however often it takes, until it is proved that it does not run. */
export type StopRecorder = (callId: CallId, lane: Lane, recordingId: string) => Promise<void>;

/** From this try on a recorder that cannot be stopped is an alarm. */
const alarmingTry = 4;
const longestPauseMs = 500;
const alarm =
  'ALARM: a recorder that is not allowed cannot be stopped; it is tried on, and what it catches will be cut off';

/** False also when the switch does not say. */
const isProvedAbsent = async (theSwitch: Switch, recordingId: string): Promise<boolean> => {
  try {
    const { recorders } = await theSwitch.snapshot({ recorders: [recordingId], prompts: [], keysOf: [] });
    return !recorders.some((running) => running.recordingId === recordingId);
  } catch {
    return false;
  }
};

/** True: it is proved stopped, and the log is told by the switch's report or by us. */
const stoppingOnce = ({ switch: theSwitch, now, tell, uptimeMs }: StoppingOptions) => {
  const tellStopped = async (callId: CallId, recordingId: string): Promise<boolean> => {
    try {
      const durationMs = (await theSwitch.recordingLength(recordingId)) ?? 0;
      const stopped: CallInput = { type: 'recorder-stopped', at: now(), recordingId, durationMs };
      tell(callId, `${recordingId}:refused`, stopped);
      return true;
    } catch {
      return false;
    }
  };
  return async (callId: CallId, lane: Lane, recordingId: string): Promise<boolean> => {
    const isStarting = lane.starting.get(recordingId);
    lane.changes += 1;
    const outcome = await theSwitch.perform({ op: 'stop-recorder', recordingId });
    if (isStarting) {
      // The order to start may have come after this one.
      await isStarting;
      return false;
    }
    if (outcome.outcome === 'done') return true;
    if (outcome.outcome === 'refused') {
      if (!(await isProvedAbsent(theSwitch, recordingId))) return false;
      const isTold = await tellStopped(callId, recordingId);
      // Absent now; it may start yet.
      return isTold && (lane.mayStart.get(recordingId) ?? 0) <= uptimeMs();
    }
    const { reason } = outcome;
    tell(callId, `${recordingId}:unanswered`, { type: 'recorder-unknown', at: now(), recordingId, reason });
    return false;
  };
};

export const stoppingRecorders = (options: StoppingOptions): StopRecorder => {
  const { logger, timing, closing } = options;
  const stopOnce = stoppingOnce(options);
  const stopUntilProved: StopRecorder = async (callId, lane, recordingId) => {
    for (let attempt = 1; !closing.aborted; attempt += 1) {
      if (await stopOnce(callId, lane, recordingId)) return;
      if (lane.starting.has(recordingId)) continue;
      if (attempt === alarmingTry) logger.error({ callId, recordingId }, alarm);
      if (attempt > 1) await timing.pause(Math.min(longestPauseMs, 100 * 2 ** attempt), closing);
    }
  };
  return (callId, lane, recordingId) => {
    const known = lane.stopping.get(recordingId);
    if (known) return known;
    const work = stopUntilProved(callId, lane, recordingId).finally(() => lane.stopping.delete(recordingId));
    lane.stopping.set(recordingId, work);
    return work;
  };
};
