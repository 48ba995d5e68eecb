import type { CallId } from '@earshot/contracts';
import { allowedRecording } from '../domain/call-state.ts';
import type { Handle, Outcome } from '../domain/switch.ts';
import type { Lane } from './lane.ts';
import { mayComeLateMs } from './stray-orders.ts';
import { stoppingRecorders, type StopRecorder, type StoppingOptions } from './stopping-recorders.ts';

export interface RecorderOptions extends StoppingOptions {
  /** Goes on beside whatever else is under way. */
  readonly aside: (work: Promise<unknown>) => void;
}

/** Starts recorders that are allowed, and stops at once, beside whatever else is under way, those that are not. */
export interface RecordersOnSwitch {
  /** Undefined: it is not allowed any more. */
  start(callId: CallId, lane: Lane, recordingId: string, bridge: string): Promise<Outcome | undefined>;
  stop(callId: CallId, lane: Lane, recordingId: string): Promise<void>;
  /** A leg has left: what may no longer be recorded is stopped at once. The answer ends it: the log has it. */
  legLeft(callId: CallId, lane: Lane, handle: Handle): () => void;
  /** A recorder runs: one that may not, because its order was carried out late, is stopped at once. */
  runs(callId: CallId, lane: Lane, recordingId: string): void;
}

const mayRun = (lane: Lane, recordingId: string): boolean =>
  allowedRecording(lane.state, lane.left) === recordingId;

const mayBeRunning = ({ state, ordered }: Lane): readonly string[] =>
  state.recordings
    .filter(
      ({ recordingId, recorder }) =>
        recorder === 'running' || recorder === 'unknown' || (recorder === null && ordered.has(recordingId)),
    )
    .map(({ recordingId }) => recordingId);

const starting =
  (
    { switch: theSwitch, now, uptimeMs, tell }: RecorderOptions,
    stop: StopRecorder,
  ): RecordersOnSwitch['start'] =>
  async (callId, lane, recordingId, bridge) => {
    if (!mayRun(lane, recordingId)) return undefined;
    lane.changes += 1;
    lane.ordered.add(recordingId);
    const work = theSwitch.perform({ op: 'start-recorder', recordingId, bridge });
    lane.starting.set(recordingId, work);
    const outcome = await work;
    lane.starting.delete(recordingId);
    const at = now();
    if (outcome.outcome === 'refused') {
      const { reason } = outcome;
      tell(callId, `${recordingId}:refused`, { type: 'recorder-refused', at, recordingId, reason });
      return outcome;
    }
    if (outcome.outcome === 'unknown') {
      const { reason } = outcome;
      lane.mayStart.set(recordingId, uptimeMs() + mayComeLateMs);
      tell(callId, `${recordingId}:unanswered`, { type: 'recorder-unknown', at, recordingId, reason });
    }
    if (outcome.outcome === 'unknown' || !mayRun(lane, recordingId)) void stop(callId, lane, recordingId);
    return outcome;
  };

export const createRecordersOnSwitch = (options: RecorderOptions): RecordersOnSwitch => {
  const { aside } = options;
  const stop = stoppingRecorders(options);
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
    start: starting(options, stop),
  };
};
