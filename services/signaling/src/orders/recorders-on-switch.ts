import type { CallId, Instant } from '@earshot/contracts';
import type { Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { allowedRecording } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Handle, Outcome, Switch } from '../domain/switch.ts';
import type { Lane } from './lane.ts';

export interface RecorderOptions {
  readonly switch: Switch;
  readonly logger: Logger;
  readonly timing: Timing;
  readonly now: () => Instant;
  readonly closing: AbortSignal;
  /** Tells the log; nothing here waits for it. */
  readonly tell: (callId: CallId, about: string, input: CallInput) => void;
  /** Goes on beside whatever else is under way. */
  readonly aside: (work: Promise<unknown>) => void;
}

/** Starts recorders that are allowed, and stops at once, beside whatever else is under way, those that are not. */
export interface RecordersOnSwitch {
  start(callId: CallId, lane: Lane, recordingId: string, bridge: string): Promise<Outcome | undefined>;
  stop(callId: CallId, lane: Lane, recordingId: string): Promise<void>;
  /** A leg has left: what may no longer be recorded is stopped at once. The answer ends it: the log has it. */
  legLeft(callId: CallId, lane: Lane, handle: Handle): () => void;
  /** A recorder runs: one that may not, because its order was carried out late, is stopped at once. */
  runs(callId: CallId, lane: Lane, recordingId: string): void;
}

/** From this try on a recorder that cannot be stopped is an alarm. */
const alarmingTry = 4;
const longestPauseMs = 5_000;

export const createRecordersOnSwitch = ({
  switch: theSwitch,
  logger,
  timing,
  now,
  closing,
  tell,
  aside,
}: RecorderOptions): RecordersOnSwitch => {
  const mayRun = (lane: Lane, recordingId: string): boolean =>
    allowedRecording(lane.state, lane.left) === recordingId;

  /** Undefined: the switch does not say. */
  const isProvedAbsent = async (recordingId: string): Promise<boolean | undefined> => {
    try {
      const { recorders } = await theSwitch.snapshot({ recorders: [recordingId], prompts: [] });
      return !recorders.some((running) => running.recordingId === recordingId);
    } catch {
      return undefined;
    }
  };

  const tellStopped = async (callId: CallId, recordingId: string, reason: string): Promise<boolean> => {
    try {
      const durationMs = (await theSwitch.recordingLength(recordingId)) ?? 0;
      tell(callId, `${recordingId}:${reason}`, {
        type: 'recorder-stopped',
        at: now(),
        recordingId,
        durationMs,
      });
      return true;
    } catch {
      return false;
    }
  };

  /** True: it is proved stopped, and the log is told by the switch's report or by us. */
  const stopOnce = async (callId: CallId, lane: Lane, recordingId: string): Promise<boolean> => {
    const isStarting = lane.starting.get(recordingId);
    lane.changes += 1;
    const outcome = await theSwitch.perform({ op: 'stop-recorder', recordingId });
    if (isStarting) {
      // The order to start may have come after this one.
      await isStarting;
      return false;
    }
    if (outcome.outcome === 'unknown') {
      tell(callId, `${recordingId}:unanswered`, {
        type: 'recorder-unknown',
        at: now(),
        recordingId,
        reason: outcome.reason,
      });
      return false;
    }
    if (outcome.outcome === 'done') return true;
    return (await isProvedAbsent(recordingId)) === true && tellStopped(callId, recordingId, 'refused');
  };

  const stopUntilProved = async (callId: CallId, lane: Lane, recordingId: string): Promise<void> => {
    for (let attempt = 1; !closing.aborted; attempt += 1) {
      if (await stopOnce(callId, lane, recordingId)) return;
      if (lane.starting.has(recordingId)) continue;
      if (attempt === alarmingTry)
        logger.error(
          { callId, recordingId },
          'ALARM: a recorder that is not allowed cannot be stopped; it is tried on, and what it catches will be cut off',
        );
      if (attempt > 1) await timing.pause(Math.min(longestPauseMs, 100 * 2 ** attempt), closing);
    }
  };

  const stop = (callId: CallId, lane: Lane, recordingId: string): Promise<void> => {
    const known = lane.stopping.get(recordingId);
    if (known) return known;
    const work = stopUntilProved(callId, lane, recordingId).finally(() => lane.stopping.delete(recordingId));
    lane.stopping.set(recordingId, work);
    return work;
  };

  const mayBeRunning = ({ state, ordered }: Lane): readonly string[] =>
    state.recordings
      .filter(
        ({ recordingId, recorder }) =>
          recorder === 'running' || recorder === 'unknown' || (recorder === null && ordered.has(recordingId)),
      )
      .map(({ recordingId }) => recordingId);

  return {
    stop,
    legLeft: (callId, lane, handle) => {
      lane.left.add(handle);
      const concerned = allowedRecording(lane.state, lane.left) === null ? mayBeRunning(lane) : [];
      for (const recordingId of concerned) aside(stop(callId, lane, recordingId));
      return () => void lane.left.delete(handle);
    },
    runs: (callId, lane, recordingId) => {
      lane.ordered.add(recordingId);
      if (!mayRun(lane, recordingId)) aside(stop(callId, lane, recordingId));
    },
    start: async (callId, lane, recordingId, bridge) => {
      if (!mayRun(lane, recordingId)) return undefined;
      lane.changes += 1;
      lane.ordered.add(recordingId);
      const work = theSwitch.perform({ op: 'start-recorder', recordingId, bridge });
      lane.starting.set(recordingId, work);
      const outcome = await work;
      lane.starting.delete(recordingId);
      if (outcome.outcome === 'unknown')
        tell(callId, `${recordingId}:unanswered`, {
          type: 'recorder-unknown',
          at: now(),
          recordingId,
          reason: outcome.reason,
        });
      if (outcome.outcome === 'refused')
        tell(callId, `${recordingId}:refused`, {
          type: 'recorder-refused',
          at: now(),
          recordingId,
          reason: outcome.reason,
        });
      if (outcome.outcome !== 'refused' && (outcome.outcome === 'unknown' || !mayRun(lane, recordingId)))
        void stop(callId, lane, recordingId);
      return outcome;
    },
  };
};
