import { callIdOf, type CallEvent } from '@earshot/contracts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import { castOf } from './cast.ts';
import { lastOf, ofType, type LogReader } from './log-reader.ts';
import type { Connections } from './switch-connections.ts';

/** How long after a report or an operation that failed the next one may take, in ms: a refusal is looked into, and the switch may tell slowly. */
const retryMs = 2_500;

/** Whether a recorder may run now: its decision stands in the log. */
export const decisionStands = (events: readonly CallEvent[], recordingId: string): boolean => {
  const last = lastOf(events, 'RecordingAllowed', 'RecordingForbidden', 'RecordingWithdrawn');
  return last?.type === 'RecordingAllowed' && last.data.recordingId === recordingId;
};

/**
 * Watches that taking a recorder away waits for nothing: once the switch has told its master that a party is gone, the
 * recorder of that call is stopped, or the order to stop it is on its way, whether or not anybody's log is there. Only who
 * has just taken over must have read the log before it knows whose leg that was.
 */
export const watchRecorders = (
  theSwitch: SimulatedSwitch,
  connections: Connections,
  log: LogReader,
  now: () => number,
  broken: (promise: string) => void,
): { readonly check: () => void } => {
  const partedAt = new Map<string, number>();
  const failedAt = new Map<string, number>();
  /** Parted since the last turn. */
  let fresh: string[] = [];
  const runningOn = (callId: string): string | undefined =>
    theSwitch
      .recordings()
      .find((recorder) => recorder.durationMs === null && callIdOf(recorder.recordingId) === callId)
      ?.recordingId;
  const isBeingStopped = (recordingId: string): boolean =>
    [...connections.orders()].some(
      ({ operation }) => operation.op === 'stop-recorder' && operation.recordingId === recordingId,
    );

  connections.onReport((report, heardBy) => {
    if (report.type !== 'leg-gone' || !heardBy) return;
    const callId =
      callIdOf(report.handle) ??
      log.calls().find((id) => castOf(log.of(id)).some(({ handle }) => handle === report.handle));
    if (callId === undefined) return;
    const legId = castOf(log.of(callId)).find(({ handle }) => handle === report.handle)?.legId;
    const parties = lastOf(log.of(callId), 'ConversationChanged')?.data.parties ?? [];
    if (!parties.some((party) => party.legId === legId)) return;
    partedAt.set(callId, now());
    const isTriedAgain = now() - (failedAt.get(callId) ?? -Infinity) < retryMs;
    const isKnown = ofType(log.of(callId), 'RecorderStarted').some(
      ({ recordedAt }) => now() - Date.parse(recordedAt) > retryMs,
    );
    if (heardBy.isReady() && heardBy.hasLog() && isKnown && !isTriedAgain) fresh.push(callId);
  });
  connections.onFailed((operation) => {
    const callId = 'recordingId' in operation ? callIdOf(operation.recordingId) : undefined;
    if (callId !== undefined && partedAt.has(callId)) partedAt.set(callId, now());
    if (callId !== undefined) failedAt.set(callId, now());
    fresh = fresh.filter((parted) => parted !== callId);
  });
  return {
    check: () => {
      for (const callId of fresh.splice(0)) {
        const running = runningOn(callId);
        if (running && !isBeingStopped(running))
          broken(`a recorder is not stopped at once when a party leaves: ${running}`);
      }
      for (const [callId, since] of partedAt) {
        const master = connections.listener();
        const isAnybodyAble = master && theSwitch.isConnected() && (master.isReady() || master.hasLog());
        // The time counts from when somebody could do it: a log that comes back has to be read first.
        if (!isAnybodyAble) partedAt.set(callId, now());
        if (!isAnybodyAble || now() - since < retryMs) continue;
        const running = runningOn(callId);
        if (running) broken(`a recorder runs on although a party has left: ${running}`);
        partedAt.delete(callId);
      }
    },
  };
};
