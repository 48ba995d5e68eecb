import type { CallId } from '@earshot/contracts';
import { isParty, legByHandle, liveLegs, yetToRing, type CallState, type Leg } from '../domain/call-state.ts';
import type { Handle } from '../domain/switch.ts';

/** A leg and the call that it is on. */
export interface LegOnCall {
  readonly callId: CallId;
  readonly state: CallState;
  readonly leg: Leg;
}

/** Which leg is on which call now; follows the states of the calls and is asked synchronously. */
export interface LiveLegs {
  /** Takes in the newest state of a call. */
  update(callId: CallId, state: CallState): void;
  /** Notes that a leg which just arrived belongs to a call, before its first decision is stored. */
  expect(handle: Handle, callId: CallId): void;
  forget(handle: Handle): void;
  /** Notes that the switch said a leg has left; it does not come again. */
  left(handle: Handle): void;
  /** The switch said that it has left: what was seen of it before says nothing. */
  hasLeft(handle: Handle): boolean;
  callOf(handle: Handle): CallId | undefined;
  legOf(handle: Handle): LegOnCall | undefined;
  /** No live leg of this extension, and none that is about to be rung, on any call; `besides` one. */
  isFree(extension: string, besides?: CallId): boolean;
  /** The answered leg of an extension that talks on a call, supervisors aside. */
  talkingLegOf(extension: string): LegOnCall | undefined;
}

const extensionsOf = (state: CallState | undefined): string[] =>
  state
    ? [
        ...liveLegs(state).flatMap(({ agent }) => (agent ? [agent.extension] : [])),
        ...yetToRing(state).map(({ phone }) => phone.extension),
      ]
    : [];

/** How many legs that have left are remembered: far more than leave while the switch is asked what is true. */
const leftKept = 10_000;

/** An empty index. */
export const createLiveLegs = (): LiveLegs => {
  const states = new Map<CallId, CallState>();
  const calls = new Map<Handle, CallId>();
  const busy = new Map<string, Set<CallId>>();
  const left = new Set<Handle>();

  const isTalking = (state: CallState, leg: Leg): boolean =>
    leg.party !== 'supervisor' && leg.state === 'answered' && isParty(state, leg.legId);

  return {
    update: (callId, state) => {
      if (states.get(callId)?.legs === state.legs && state.called.length === 0)
        return void states.set(callId, state);
      for (const extension of extensionsOf(states.get(callId))) busy.get(extension)?.delete(callId);
      const legs = liveLegs(state);
      for (const { handle } of states.get(callId)?.legs ?? []) calls.delete(handle);
      for (const { handle } of legs) calls.set(handle, callId);
      for (const extension of legs.length === 0 ? [] : extensionsOf(state))
        busy.set(extension, (busy.get(extension) ?? new Set()).add(callId));
      if (legs.length === 0) states.delete(callId);
      else states.set(callId, state);
    },
    expect: (handle, callId) => void calls.set(handle, callId),
    forget: (handle) => void calls.delete(handle),
    left: (handle) => {
      left.add(handle);
      const [oldest] = left;
      if (left.size > leftKept && oldest !== undefined) left.delete(oldest);
    },
    hasLeft: (handle) => left.has(handle),
    callOf: (handle) => calls.get(handle),
    legOf: (handle) => {
      const callId = calls.get(handle);
      const state = callId === undefined ? undefined : states.get(callId);
      const leg = state && legByHandle(state, handle);
      return callId && state && leg ? { callId, state, leg } : undefined;
    },
    isFree: (extension, besides) => {
      const on = busy.get(extension);
      const others = (on?.size ?? 0) - (besides !== undefined && on?.has(besides) === true ? 1 : 0);
      return others === 0;
    },
    talkingLegOf: (extension) => {
      for (const callId of busy.get(extension) ?? []) {
        const state = states.get(callId);
        const leg =
          state &&
          liveLegs(state).find(
            (candidate) => candidate.agent?.extension === extension && isTalking(state, candidate),
          );
        if (leg) return { callId, state, leg };
      }
      return undefined;
    },
  };
};
