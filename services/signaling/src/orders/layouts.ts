import type { CallId } from '@earshot/contracts';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import { emptyLayout, mainBridgeIn, sameSeats, type Layout } from '../domain/topology/layout.ts';

/** What the switch was seen to have of each call, or what was made of it since, so that it need not be asked each time. */
export interface Layouts {
  /** As remembered, less the legs that have left since: the switch takes those out by itself. */
  of(callId: CallId, state: CallState): Layout;
  /** Undefined: nothing of it is remembered, or it may have changed. */
  trusted(callId: CallId): Layout | undefined;
  /** The bridge that the parties are in. */
  mainBridgeOf(callId: CallId): string | undefined;
  /** An operation was done. */
  made(callId: CallId, layout: Layout): void;
  /** What the switch was seen to have counts from now on. */
  saw(callId: CallId, layout: Layout): void;
  /** What is remembered may not be so. */
  doubt(callId: CallId): void;
  /** An operation was not done: nothing is remembered any more. */
  lost(callId: CallId): void;
  /** The switch has to be asked before anything is made of this call. */
  isInDoubt(callId: CallId, state: CallState): boolean;
  /** The switch was seen to have something else than was made, which was not put right yet. */
  hasMoved(callId: CallId): boolean;
  putRight(callId: CallId): void;
  forget(callId: CallId): void;
}

const withoutTheGone = (layout: Layout, state: CallState): Layout => {
  const there = new Set(liveLegs(state).map(({ handle }) => handle));
  const snoops = layout.snoops.filter(({ on }) => there.has(on));
  const isThere = (participant: string): boolean =>
    there.has(participant) || snoops.some(({ id }) => id === participant);
  return {
    bridges: layout.bridges.map(({ id, participants }) => ({
      id,
      participants: participants.filter(isThere),
    })),
    snoops,
    absorbed: layout.absorbed.filter((leg) => there.has(leg)),
    muted: layout.muted.filter((leg) => there.has(leg)),
  };
};

export const createLayouts = (): Layouts => {
  const known = new Map<CallId, Layout>();
  const doubtful = new Set<CallId>();
  const moved = new Set<CallId>();
  const doubt = (callId: CallId): void => void doubtful.add(callId);
  return {
    of: (callId, state) => withoutTheGone(known.get(callId) ?? emptyLayout, state),
    trusted: (callId) => (doubtful.has(callId) ? undefined : known.get(callId)),
    mainBridgeOf: (callId) => mainBridgeIn(callId, known.get(callId) ?? emptyLayout),
    made: (callId, layout) => void known.set(callId, layout),
    saw: (callId, layout) => {
      if (!sameSeats(layout, known.get(callId))) moved.add(callId);
      known.set(callId, layout);
      doubtful.delete(callId);
    },
    doubt,
    lost: (callId) => {
      known.delete(callId);
      doubt(callId);
    },
    isInDoubt: (callId, { appliedTopology }) =>
      doubtful.has(callId) || (!known.has(callId) && appliedTopology !== null),
    hasMoved: (callId) => moved.has(callId),
    putRight: (callId) => void moved.delete(callId),
    forget: (callId) => {
      known.delete(callId);
      doubtful.delete(callId);
      moved.delete(callId);
    },
  };
};
