import { callIdOf, type CallEvent } from '@earshot/contracts';
import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import { castOf } from './cast.ts';
import { lastOf, ofType, type LogReader } from './log-reader.ts';
import type { Connections, Operator } from './switch-connections.ts';
import { callOfHandle } from './voice-watch.ts';

/** How long after a report or an operation that failed the next one may take, in ms: a refusal is looked into, and the switch may tell slowly. */
const retryMs = 2_500;

/** Whether a recorder may run now: its decision stands in the log. */
export const decisionStands = (events: readonly CallEvent[], recordingId: string): boolean => {
  const last = lastOf(events, 'RecordingAllowed', 'RecordingForbidden', 'RecordingWithdrawn');
  return last?.type === 'RecordingAllowed' && last.data.recordingId === recordingId;
};

const isBeingStopped = (connections: Connections, recordingId: string): boolean =>
  [...connections.orders()].some(
    ({ operation }) => operation.op === 'stop-recorder' && operation.recordingId === recordingId,
  );

/** The call on which this leg talked, held or consulted last. */
const callOfParty = (log: LogReader, handle: string): string | undefined => {
  const callId = callOfHandle(log, handle);
  if (callId === undefined) return undefined;
  const legId = castOf(log.of(callId)).find((leg) => leg.handle === handle)?.legId;
  const parties = lastOf(log.of(callId), 'ConversationChanged')?.data.parties ?? [];
  return parties.some((party) => party.legId === legId) ? callId : undefined;
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
  /** When a party of a call left, and who was told. */
  const parted = new Map<string, { readonly since: number; readonly toldTo: Operator }>();
  const failedAt = new Map<string, number>();
  /** Parted since the last turn. */
  let fresh: string[] = [];
  const runningOn = (callId: string): string | undefined =>
    theSwitch
      .recordings()
      .find((recorder) => recorder.durationMs === null && callIdOf(recorder.recordingId) === callId)
      ?.recordingId;
  /** Whoever was told, as soon as it has the log; anybody else must have seen on the switch that the party is gone. */
  const isAnybodyAble = (toldTo: Operator): boolean => {
    const master = connections.listener();
    if (!master || !theSwitch.isConnected()) return false;
    return master.isReady() || (master === toldTo && master.hasLog());
  };

  connections.onReport((report, heardBy) => {
    if (report.type !== 'leg-gone' || !heardBy) return;
    const callId = callOfParty(log, report.handle);
    if (callId === undefined) return;
    parted.set(callId, { since: now(), toldTo: heardBy });
    const isTriedAgain = now() - (failedAt.get(callId) ?? -Infinity) < retryMs;
    const isKnown = ofType(log.of(callId), 'RecorderStarted').some(
      ({ recordedAt }) => now() - Date.parse(recordedAt) > retryMs,
    );
    if (heardBy.isReady() && heardBy.hasLog() && isKnown && !isTriedAgain) fresh.push(callId);
  });
  connections.onFailed((operation) => {
    const callId = 'recordingId' in operation ? callIdOf(operation.recordingId) : undefined;
    if (callId === undefined) return;
    const known = parted.get(callId);
    if (known) parted.set(callId, { ...known, since: now() });
    failedAt.set(callId, now());
    fresh = fresh.filter((other) => other !== callId);
  });
  return {
    check: () => {
      for (const callId of fresh.splice(0)) {
        const running = runningOn(callId);
        if (running && !isBeingStopped(connections, running))
          broken(`a recorder is not stopped at once when a party leaves: ${running}`);
      }
      for (const [callId, { since, toldTo }] of parted) {
        const isAble = isAnybodyAble(toldTo);
        // The time counts from when somebody could do it: a log that comes back has to be read first.
        if (!isAble) parted.set(callId, { since: now(), toldTo });
        if (!isAble || now() - since < retryMs) continue;
        const running = runningOn(callId);
        if (running) broken(`a recorder runs on although a party has left: ${running}`);
        parted.delete(callId);
      }
    },
  };
};
