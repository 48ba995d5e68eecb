import { callIdOf, type CallEvent } from '@earshot/contracts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import { castOf } from './cast.ts';
import { lastOf, type LogReader } from './log-reader.ts';
import type { Connections } from './switch-connections.ts';

/** How long after a report or an operation that failed the next one may take to be asked for, in ms. */
const retryMs = 1_500;

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
  theSwitch: SimulatedSwitch, connections: Connections, log: LogReader, now: () => number, broken: (promise: string) => void,
): { readonly check: () => void } => {
  const partedAt = new Map<string, number>();
  connections.onReport((report, heardBy) => {
    if (report.type !== 'leg-gone' || !heardBy) return;
    const callId = callIdOf(report.handle) ?? log.calls().find((id) => castOf(log.of(id)).some(({ handle }) => handle === report.handle));
    if (callId === undefined) return;
    const legId = castOf(log.of(callId)).find(({ handle }) => handle === report.handle)?.legId;
    const parties = lastOf(log.of(callId), 'ConversationChanged')?.data.parties ?? [];
    if (parties.some((party) => party.legId === legId)) partedAt.set(callId, now());
  });
  connections.onFailed((operation) => {
    const callId = 'recordingId' in operation ? callIdOf(operation.recordingId) : undefined;
    if (callId !== undefined && partedAt.has(callId)) partedAt.set(callId, now());
  });
  return {
    check: () => {
      for (const [callId, since] of partedAt) {
        const master = connections.listener();
        if (now() - since < retryMs || !master || !theSwitch.isConnected()) continue;
        if (!master.isReady() && !master.hasLog()) { partedAt.set(callId, now()); continue; }
        const running = theSwitch.recordings().find((recorder) => recorder.durationMs === null && callIdOf(recorder.recordingId) === callId);
        if (running) broken(`a recorder runs on although a party has left: ${running.recordingId}`);
        partedAt.delete(callId);
      }
    },
  };
};
