import type { CallId } from '@earshot/contracts';
import type { DecisionRuntime, OutsideCause } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { call } from '../domain/call.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { CallState } from '../domain/call-state.ts';

type Runtime = DecisionRuntime<CallState, CallInput>;

/** Where inputs of a term are decided on, from when the log was read; before that there is nothing to decide on. */
export interface Deciding {
  begin(runtime: Runtime): void;
  decide(callId: CallId, input: CallInput, cause: OutsideCause): Promise<unknown>;
  /** `decide` for whatever the cause is of this kind. */
  as(source: OutsideCause['source']): (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
  stateOf(callId: CallId): Promise<CallState>;
  /** Something goes on that nobody waits for. */
  track(work: Promise<unknown>): void;
  /** Resolves when nothing that is tracked is under way. */
  idle(): Promise<void>;
}

export const createDeciding = (logger: Logger, closing: AbortSignal): Deciding => {
  const underWay = new Set<Promise<unknown>>();
  let runtime: Runtime | undefined;
  const decide: Deciding['decide'] = async (callId, input, cause) => runtime?.decide(callId, input, cause);
  return {
    begin: (begun) => {
      runtime = begun;
    },
    decide,
    as: (source) => (callId, input, id) => decide(callId, input, { source, id }),
    stateOf: (callId) => (runtime ? runtime.stateOf(callId) : Promise.resolve(call.initialState())),
    track: (work) => {
      const tracked = work
        .catch((error: unknown) => {
          if (!closing.aborted) logger.error({ error }, 'an input could not be decided on');
        })
        .finally(() => underWay.delete(tracked));
      underWay.add(tracked);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
};
