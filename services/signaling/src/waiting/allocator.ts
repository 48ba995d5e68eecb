import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Agent, Directory } from '../domain/directory.ts';
import { agentsFor } from '../domain/offers.ts';

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

const oldestFirst = (one: readonly [CallId, CallState], other: readonly [CallId, CallState]): number => {
  const [a, b] = [`${one[1].queue?.since} ${one[0]}`, `${other[1].queue?.since} ${other[0]}`];
  return a < b ? -1 : 1;
};

/** An allocator of nobody yet. */
export const createAllocator = ({ directory, now, decide }: AllocatorOptions): Allocator => {
  const waiting = new Map<CallId, CallState>();
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

  const allocate = (): void => {
    if (waiting.size === 0) return;
    for (const [callId, state] of [...waiting].toSorted(oldestFirst)) {
      // What it gets now is not in its state yet; those after it wait their turn.
      if (underWay.has(callId)) return;
      const agents = agentsFor(state, directory, now());
      if (agents.length > 0) void offer(callId, agents).catch(() => {});
    }
  };

  return {
    update: (callId, state) => {
      if (state.queue && !state.ended) waiting.set(callId, state);
      else waiting.delete(callId);
    },
    allocate,
    isReserved: (extension) => reserved.has(extension),
  };
};
