import type { CallId } from '@earshot/contracts';
import { isOver, type CallState } from '../domain/call-state.ts';

export interface LiveCall {
  readonly callId: CallId;
  readonly state: CallState;
}

/** The calls that are not over; whole also while the runtime reads one from the log again and has no state of it. */
export interface LiveCalls {
  list(): readonly LiveCall[];
  /** Takes in the newest state of a call and hands it on. */
  onState(callId: CallId, folded: CallState): void;
  /** A commit of this call cannot be read: its states say so from now on. */
  onUnreadable(callId: CallId): void;
}

/** @param handOn whoever follows the states */
export const createLiveCalls = (handOn: (callId: CallId, state: CallState) => void): LiveCalls => {
  const live = new Map<CallId, CallState>();
  const unreadable = new Set<CallId>();
  const onState = (callId: CallId, folded: CallState): void => {
    const state = unreadable.has(callId) ? { ...folded, isUnreadable: true } : folded;
    if (isOver(state)) {
      live.delete(callId);
      unreadable.delete(callId);
    } else live.set(callId, state);
    handOn(callId, state);
  };
  return {
    list: () => [...live].map(([callId, state]) => ({ callId, state })),
    onState,
    onUnreadable: (callId) => {
      unreadable.add(callId);
      const known = live.get(callId);
      if (known) onState(callId, known);
    },
  };
};
