import type { CallEvent } from '@earshot/contracts';
import { unknownCall, type CallState } from './call-state.ts';
import { evolveCall } from './evolve-call.ts';

/** What of a commit the projection reads. */
export interface ProjectedCommit {
  readonly callId: string;
  readonly sequence: number;
  readonly events: readonly CallEvent[];
}

/** The newest `recordedAt` of the log so far: `updated_at` of what is changed now, so that it never falls along the log. */
export const watermarkAfter = (watermark: string, commit: ProjectedCommit): string => {
  const recordedAt = commit.events[0]?.recordedAt ?? watermark;
  return recordedAt > watermark ? recordedAt : watermark;
};

/**
 * Folds one commit into a call. The call counts as changed by each of its commits; a leg only by those that changed it
 * (and by the one with CallStarted, which makes the legs visible). Nothing but the log goes in, so a rebuild gives the same rows.
 * @param updatedAt `watermarkAfter` of this commit.
 */
export const projectCall = (before: CallState | undefined, commit: ProjectedCommit, updatedAt: string): CallState => {
  const start = before ?? unknownCall(commit.callId, commit.events[0]?.tenant ?? '');
  const after = commit.events.reduce(evolveCall, start);
  const appeared = start.id === null && after.id !== null;
  const legs = after.legs.map((leg) =>
    appeared || !start.legs.includes(leg) ? { ...leg, changedSequence: commit.sequence, updatedAt } : leg);
  return { ...after, legs, changedSequence: commit.sequence, updatedAt };
};
