import type { CallEvent, EventType, NewEvent } from '@earshot/contracts';

/**
 * What a decision comes to. Accepted: one or more events, stored as one commit (an expected refusal is an event too).
 * Ignored: nothing to record, with a named reason that shows in a metric and a span.
 * A broken invariant is neither: it throws, and the message becomes a dead letter.
 */
export type Decision<E extends EventType = EventType, Reason extends string = string> =
  | { readonly outcome: 'accepted'; readonly events: readonly [NewEvent<E>, ...NewEvent<E>[]] }
  | { readonly outcome: 'ignored'; readonly because: Reason };

/** The decision is made: these events. */
export const accept = <E extends EventType>(
  first: NewEvent<E>,
  ...more: NewEvent<E>[]
): Decision<E, never> => ({
  outcome: 'accepted',
  events: [first, ...more],
});

/** Nothing follows from the input, because of a named reason. */
export const ignore = <Reason extends string>(because: Reason): Decision<never, Reason> => ({
  outcome: 'ignored',
  because,
});

/**
 * The rules of one service for one call, all pure: no clock, no ids, no I/O. Times, ids and settings arrive in the input.
 * `evolve` is total: an event it does not know leaves the state unchanged, so that old code reads a newer log.
 */
export interface Decider<State, Input, E extends EventType = EventType, Reason extends string = string> {
  initialState(): State;
  evolve(state: State, event: CallEvent): State;
  decide(state: State, input: Input): Decision<E, Reason>;
  /** True when nothing can follow any more, so that the call need not be kept in memory. */
  isOver(state: State): boolean;
}
