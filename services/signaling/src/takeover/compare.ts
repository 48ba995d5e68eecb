import { callIdOf, switchOf, type CallId, type Instant } from '@earshot/contracts';
import type { Logger } from '@earshot/service-kit';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Handle, Switch, SwitchSnapshot } from '../domain/switch.ts';
import { layoutSeen } from '../domain/topology/layout.ts';
import type { Orders } from '../orders/orders.ts';
import type { TopologyOnSwitch } from '../orders/topology-on-switch.ts';
import type { LiveLegs } from '../reports/live-legs.ts';
import type { CallReport } from '../reports/take-report.ts';
import { askedAfter, missedInputs } from './missed-inputs.ts';
import { seenByCall, type SeenOfCall } from './seen-of-call.ts';

export interface CompareOptions {
  readonly switch: Switch;
  /** What carries another number, on a switch that is not ours alone, is somebody else's. */
  readonly switchNumber: number;
  readonly orders: Pick<Orders, 'changesOn' | 'wasOrdered' | 'takeHeart' | 'hasHeard'>;
  readonly topology: TopologyOnSwitch;
  readonly legs: LiveLegs;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly now: () => Instant;
  /** Until when the switch was watched before the look that is due. */
  readonly watchedUntil: () => Instant | undefined;
  readonly liveCalls: () => readonly { readonly callId: CallId; readonly state: CallState }[];
  readonly stateOf: (callId: CallId) => Promise<CallState>;
  readonly decide: (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
  /** Takes what the switch told nobody who lived to write it down. */
  readonly untold: (report: CallReport) => void;
}

const supervisorsOf = (state: CallState): Handle[] =>
  state.legs.filter(({ party }) => party === 'supervisor').map(({ handle }) => handle);

/** A moment of the switch, and how to tell whether it still says anything about a call. */
interface Look {
  readonly snapshot: SwitchSnapshot;
  readonly seenOf: SeenOfCall;
  /** Until when the switch was watched before it. */
  readonly watchedUntil: Instant | undefined;
  /** Nothing was done on the call, and nothing told of it, since just before the look. */
  readonly isStillTrueOf: (callId: CallId) => boolean;
}

/** Lengths in ms of what does not run, by recording; of what the log does not know to have run, if it left anything. */
const lengthsOf = async (
  { switch: theSwitch, orders, logger }: CompareOptions,
  { seenOf }: Look,
  callId: CallId,
  known: CallState,
): Promise<ReadonlyMap<string, number>> => {
  const { recordings } = known;
  const running = new Set(seenOf(callId, known).recorders.map(({ recordingId }) => recordingId));
  const lengths = new Map<string, number>();
  for (const { recordingId, recorder } of recordings) {
    const isUntold = recorder === null && !orders.wasOrdered(callId, `start-recorder ${recordingId}`);
    const isGone = isUntold || recorder === 'running' || recorder === 'unknown';
    if (running.has(recordingId) || !isGone) continue;
    try {
      const length = await theSwitch.recordingLength(recordingId);
      if (length !== undefined || !isUntold) lengths.set(recordingId, length ?? 0);
    } catch (error) {
      logger.warn(
        { recordingId, error },
        'the switch did not tell how long a recording is; it is asked again',
      );
    }
  }
  return lengths;
};

/**
 * Once more after what was found: that the caller is gone, for instance, tells that nobody is to be rung any more. Each
 * decision may take as long as the log does, and what was seen before says nothing of whoever was rung, or answered, meanwhile.
 * @returns false when it could not be told to the end
 */
const tellMissed = async (
  { directory, now, decide, orders, stateOf }: CompareOptions,
  { seenOf, watchedUntil, isStillTrueOf }: Look,
  callId: CallId,
  before: CallState,
  lengths: ReadonlyMap<string, number>,
): Promise<boolean> => {
  for (let pass = 1; pass <= 2 && isStillTrueOf(callId); pass += 1) {
    const at = now();
    const state = await stateOf(callId);
    const missed = missedInputs(state, seenOf(callId, state), {
      at,
      before,
      watchedUntil,
      directory,
      lengthOf: (id) => lengths.get(id),
      wasOrdered: (key) => orders.wasOrdered(callId, key),
    });
    for (const [place, input] of missed.entries()) {
      if (!isStillTrueOf(callId)) return false;
      await decide(callId, input, `missed:${at}:${pass}.${place}`);
    }
    if (missed.length === 0) return true;
  }
  return true;
};

/** @returns false when the look says nothing of this call any more */
const compareCall = async (
  options: CompareOptions,
  look: Look,
  callId: CallId,
  known: CallState,
): Promise<boolean> => {
  const lengths = await lengthsOf(options, look, callId, known);
  if (!look.isStillTrueOf(callId)) return false;
  const state = await options.stateOf(callId);
  options.topology.saw(callId, layoutSeen(callId, look.seenOf(callId, state), supervisorsOf(state)));
  const isTold = await tellMissed(options, look, callId, known, lengths);
  options.orders.takeHeart(callId);
  return isTold;
};

/**
 * Whoever heard these keys died before the log had them: the voices stay away, and the log learns why. What the switch
 * remembers is true of whatever was done since, and is taken before anything that rests on the look.
 */
const takeUnwrittenKeys = (
  { legs, orders, logger, untold }: CompareOptions,
  { keys }: SwitchSnapshot,
): void => {
  for (const { handle, key, at } of keys) {
    const known = legs.legOf(handle);
    if (!known || (known.leg.modeKeyAt ?? '') >= at || orders.hasHeard(known.callId, known.leg.legId, at))
      continue;
    logger.warn({ callId: known.callId }, 'a key that takes a voice away was heard and never written down');
    untold({ type: 'key-pressed', at, downAt: at, handle, key });
  }
};

/**
 * Compares what the switch has with what the log says, call by call: the log learns what was missed, what is remembered of
 * a layout is what was seen, and what belongs to nobody is ended. One call that cannot be compared holds up no other.
 * @returns false when a call could not be compared: something was done on it or told of it meanwhile, or went wrong
 * @throws when the switch does not answer
 */
export const compareWithSwitch = async (options: CompareOptions): Promise<boolean> => {
  const { switch: theSwitch, orders, logger } = options;
  const watchedUntil = options.watchedUntil();
  const before = options.liveCalls();
  const changes = new Map(before.map(({ callId }) => [callId, orders.changesOn(callId)]));
  const handles = new Set(before.flatMap(({ state }) => liveLegs(state).map(({ handle }) => handle)));
  const snapshot = await theSwitch.snapshot(askedAfter(before.map(({ state }) => state)));
  const look: Look = {
    snapshot,
    seenOf: seenByCall(snapshot),
    watchedUntil,
    isStillTrueOf: (callId) => changes.get(callId) === orders.changesOn(callId),
  };
  takeUnwrittenKeys(options, look.snapshot);
  let isComplete = true;
  for (const { callId, state } of before) {
    try {
      if (!(await compareCall(options, look, callId, state))) isComplete = false;
    } catch (error) {
      isComplete = false;
      logger.error({ callId, error }, 'a call could not be compared with the switch; it is tried again');
    }
  }
  await endStrangers(options, look.snapshot, handles);
  return isComplete;
};

/** @param knownLegs those that were no strangers when the switch was asked, though they may have ended since */
const endStrangers = async (
  options: CompareOptions,
  { legs, bridges, snoops, recorders }: SwitchSnapshot,
  knownLegs: ReadonlySet<Handle>,
): Promise<void> => {
  const { switch: theSwitch, legs: known, liveCalls, logger, untold } = options;
  const alive = new Set(liveCalls().map(({ callId }) => callId));
  const isOurs = (callId: CallId | undefined): callId is CallId =>
    callId !== undefined && switchOf(callId) === options.switchNumber;
  const isOfNobody = (id: string): boolean => {
    const callId = callIdOf(id);
    return isOurs(callId) && !alive.has(callId);
  };
  for (const { handle, arrival } of legs) {
    if (known.callOf(handle) !== undefined || knownLegs.has(handle) || known.hasLeft(handle)) continue;
    if (arrival) {
      untold(arrival);
      continue;
    }
    if (!isOurs(callIdOf(handle))) continue;
    logger.warn({ callId: callIdOf(handle) }, 'a leg that belongs to no call of the log is hung up');
    await theSwitch.perform({ op: 'hang-up', leg: handle });
  }
  for (const { recordingId } of recorders)
    if (isOfNobody(recordingId)) await theSwitch.perform({ op: 'stop-recorder', recordingId });
  for (const { snoop } of snoops) if (isOfNobody(snoop)) await theSwitch.perform({ op: 'drop-snoop', snoop });
  for (const { bridge } of bridges)
    if (isOfNobody(bridge)) await theSwitch.perform({ op: 'drop-bridge', bridge });
};
