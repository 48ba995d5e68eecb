import type { CallEvent } from '@earshot/contracts';
import { unknownCall, type CallState } from './call-state.ts';
import { evolveCall } from './evolve-call.ts';

/** What of a commit the projection reads. */
export interface ProjectedCommit {
  readonly callId: string;
  readonly sequence: number;
  readonly events: readonly CallEvent[];
}

/**
 * `updated_at` of what is changed now: the moment at which the log's server stored the commit, the only clock
 * that all commits share. It never falls along the log, and it never lies in the future of the process that
 * writes the rows, so a server's clock that was ahead for a while holds nothing back. The clocks of those who
 * write commits have no say. All three are ISO 8601 with milliseconds.
 */
export const updatedAtAfter = (watermark: string, storedAt: string, now: string): string => {
  const told = storedAt < now ? storedAt : now;
  return told > watermark ? told : watermark;
};

/**
 * Folds one commit into a call. The call counts as changed by each of its commits; a leg only by those that
 * changed it (and by the one with CallStarted, which makes the legs visible). Nothing but the log goes into
 * the rest of a row, so a rebuild gives the same.
 * @param updatedAt `updatedAtAfter` of this commit.
 */
export const projectCall = (
  before: CallState | undefined,
  commit: ProjectedCommit,
  updatedAt: string,
): CallState => {
  const start = before ?? unknownCall(commit.callId, commit.events[0]?.tenant ?? '');
  const after = commit.events.reduce(evolveCall, start);
  const appeared = start.id === null && after.id !== null;
  const legs = after.legs.map((leg) =>
    appeared || !start.legs.includes(leg) ? { ...leg, changedSequence: commit.sequence, updatedAt } : leg,
  );
  return { ...after, legs, changedSequence: commit.sequence, updatedAt };
};
