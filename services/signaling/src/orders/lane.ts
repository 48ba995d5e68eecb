import type { Instant, SupervisionMode } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { Handle } from '../domain/switch.ts';

/** A mode key of a supervisor, as the switch told it. `at`: when it was let go. */
export interface ModeKey {
  readonly key: string;
  readonly mode: SupervisionMode;
  readonly at: Instant;
}

/** What is under way on the switch for one call. */
export interface Lane {
  state: CallState;
  /** Keys of tasks that are under way or done. */
  readonly begun: Set<string>;
  /** Tasks that got no answer: how often, and from when on they may be tried again (ms of `uptimeMs`). */
  readonly unanswered: Map<string, { readonly tries: number; readonly againAt: number }>;
  /** Ordinary tasks, one after the other. What takes away does not wait for them. */
  work: Promise<unknown>;
  readonly stopping: Map<string, Promise<void>>;
  readonly starting: Map<string, Promise<unknown>>;
  /** Until when (ms of `uptimeMs`) an order to start a recorder that got no answer may still be carried out. */
  readonly mayStart: Map<string, number>;
  /** Recordings that were ordered, or that the switch told of, whatever the state says of them yet. */
  readonly ordered: Set<string>;
  /** Mode keys that were pressed and are not in the state yet, by leg. */
  readonly pressed: Map<string, SupervisionMode>;
  /** How many mode keys were pressed, by leg. */
  readonly keys: Map<string, number>;
  /** When the last mode key that was heard was let go, by leg. */
  readonly heardAt: Map<string, Instant>;
  /** Legs that have left, as the switch told, and that the state still has. */
  readonly left: Set<Handle>;
  /** How often the parties could not be brought together. */
  failures: number;
  /** Counts the operations begun and what the switch told, so that a look at it can tell whether it is still true. */
  changes: number;
}

export const newLane = (state: CallState): Lane => ({
  state,
  begun: new Set(),
  unanswered: new Map(),
  work: Promise.resolve(),
  stopping: new Map(),
  starting: new Map(),
  mayStart: new Map(),
  ordered: new Set(),
  pressed: new Map(),
  keys: new Map(),
  heardAt: new Map(),
  left: new Set(),
  failures: 0,
  changes: 0,
});

/** How often a task without an answer is tried before it is given up. */
export const mostTries = 6;
const firstPauseMs = 300;
const longestPauseMs = 10_000;

/** Notes one more try without an answer. @returns false when there were enough */
export const mayTryAgain = (lane: Lane, key: string, now: number): boolean => {
  const tries = (lane.unanswered.get(key)?.tries ?? 0) + 1;
  lane.unanswered.set(key, {
    tries,
    againAt: now + Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1)),
  });
  return tries < mostTries;
};
