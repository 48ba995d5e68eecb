import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Agent, Directory } from '../domain/directory.ts';
import { agentsFor, freeAgentsFor } from '../domain/offers.ts';
import { createWaitingCalls } from './waiting-calls.ts';

export interface AllocatorOptions {
  /** `isFree` also says no of an agent who is reserved here. */
  readonly directory: Directory;
  readonly now: () => Instant;
  readonly decide: (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
}

/** Gives agents who are free to the callers who wait: the oldest first, and each agent to one call at a time. */
export interface Allocator {
  /** Takes in the newest state of a call. */
  update(callId: CallId, state: CallState): void;
  /** Looks who is free for whom: somebody came, became free, or time has passed. */
  allocate(): void;
  /** An agent whose phone is about to be rung for a call, though its state does not say so yet. */
  isReserved(extension: string): boolean;
}

/** An allocator of nobody yet. */
export const createAllocator = ({ directory, now, decide }: AllocatorOptions): Allocator => {
  const waiting = createWaitingCalls();
  const reserved = new Map<string, CallId>();
  const underWay = new Set<CallId>();
  let attempts = 0;

  const offer = async (callId: CallId, agents: readonly Agent[]): Promise<void> => {
    for (const { extension } of agents) reserved.set(extension, callId);
    underWay.add(callId);
    const at = now();
    attempts += 1;
    try {
      await decide(callId, { type: 'agents-reserved', at, agents }, `agents:${at}:${attempts}`);
    } finally {
      // By now the call's own legs say who is rung.
      for (const { extension } of agents) reserved.delete(extension);
      underWay.delete(callId);
    }
    allocate();
  };

  const hasFreeAgents = (queue: NonNullable<CallState['queue']>): boolean =>
    freeAgentsFor(queue, directory).length > 0;
  const allocate = (): void => {
    for (const [callId, state] of waiting.oldestFirst(hasFreeAgents, [...underWay])) {
      // What it gets now is not in its state yet; those after it wait their turn.
      if (underWay.has(callId)) return;
      const agents = agentsFor(state, directory, now());
      if (agents.length > 0) void offer(callId, agents).catch(() => {});
    }
  };

  return {
    update: waiting.update,
    allocate,
    isReserved: (extension) => reserved.has(extension),
  };
};
