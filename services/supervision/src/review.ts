import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from './domain/call-state.ts';
import type { Permissions } from './domain/permission.ts';
import { dueBySettings, type DueBySettings } from './domain/due-by-settings.ts';
import type { Concerned } from './permissions-in-force.ts';
import { createRunningSupervisions } from './running-supervisions.ts';

/** Looks whether those who supervise still may, and hear whom they shall; calls on which nobody does cost it nothing. */
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
 * @param follow decides what the settings ask of the call; until it has, the call is not looked at again
 */
export const createReview = (
  permissions: Permissions,
  now: () => Instant,
  follow: (callId: CallId, due: DueBySettings) => Promise<unknown>,
): Review => {
  const running = createRunningSupervisions();
  const following = new Set<CallId>();

  const look = (callId: CallId): void => {
    const state = running.stateOf(callId);
    const due =
      state === undefined || following.has(callId) ? null : dueBySettings(state, permissions, now());
    if (due === null) return;
    following.add(callId);
    void follow(callId, due).finally(() => following.delete(callId));
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
