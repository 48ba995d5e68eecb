import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';

export interface PolicyWaitOptions {
  /** How long a caller hears ringing while recording-consent has not said what is to be asked, in ms. */
  readonly waitMs: number;
  readonly now: () => Instant;
  readonly decide: (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
}

/** Calls whose recording policy is awaited; those that waited long enough go on without. */
export interface PolicyWait {
  update(callId: CallId, state: CallState): void;
  /** Lets go on whoever has waited long enough. */
  check(): void;
}

export const createPolicyWait = ({ waitMs, now, decide }: PolicyWaitOptions): PolicyWait => {
  const waiting = new Map<CallId, number>();
  return {
    update: (callId, state) => {
      const isWaiting = state.policy === 'awaited' && state.direction === 'inbound' && !state.ended;
      if (!isWaiting) waiting.delete(callId);
      // By our own clock: the switch's may be another.
      else if (!waiting.has(callId)) waiting.set(callId, Date.parse(now()));
    },
    check: () => {
      const at = now();
      const due = Date.parse(at) - waitMs;
      for (const [callId, since] of waiting) {
        if (since > due) continue;
        waiting.delete(callId);
        void decide(callId, { type: 'policy-waited-for', at }, 'policy-waited-for').catch(() =>
          waiting.set(callId, since),
        );
      }
    },
  };
};
