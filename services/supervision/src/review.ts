import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from './domain/call-state.ts';
import type { Permissions } from './domain/permission.ts';
import { withdrawnNow, type Withdrawal } from './domain/withdrawal.ts';
import type { Concerned } from './permissions-in-force.ts';
import { createRunningSupervisions } from './running-supervisions.ts';

/** Looks whether those who supervise still may; calls on which nobody does cost it nothing. */
export interface Review {
  /** Takes in the newest state of a call and looks at it. */
  update(callId: CallId, state: CallState): void;
  forget(callId: CallId): void;
  /** Looks at the supervisions that a changed setting can concern. */
  changed(concerned: Concerned): void;
}

/**
 * A review of nothing yet.
 * @param now what time it is by our clocks
 * @param end decides that the permission is withdrawn; until it has, the call is not looked at again
 */
export const createReview = (
  permissions: Permissions,
  now: () => Instant,
  end: (callId: CallId, withdrawn: readonly Withdrawal[]) => Promise<unknown>,
): Review => {
  const running = createRunningSupervisions();
  const ending = new Set<CallId>();

  const look = (callId: CallId): void => {
    const state = running.stateOf(callId);
    const withdrawn =
      state === undefined || ending.has(callId) ? [] : withdrawnNow(state, permissions, now());
    if (withdrawn.length === 0) return;
    ending.add(callId);
    void end(callId, withdrawn).finally(() => ending.delete(callId));
  };

  return {
    update: (callId, state) => {
      running.update(callId, state);
      look(callId);
    },
    forget: running.forget,
    changed: (concerned) => {
      for (const callId of concerned === 'everybody' ? running.all() : running.of(concerned)) look(callId);
    },
  };
};
