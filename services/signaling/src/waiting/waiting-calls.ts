import type { CallId } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';

type Queue = NonNullable<CallState['queue']>;

/** The callers who wait, in the order in which they began to, by whom they wait for. */
export interface WaitingCalls {
  /** Takes in the newest state of a call. */
  update(callId: CallId, state: CallState): void;
  /**
   * Those who wait where somebody `isFree`, and those of `besides` who wait, the oldest first. A queue is asked again after
   * each of its callers and left when nobody is free there any more, so that the others in it cost nothing.
   */
  oldestFirst(
    isFree: (queue: Queue) => boolean,
    besides: readonly CallId[],
  ): Iterable<readonly [CallId, CallState]>;
}

interface Waiting {
  readonly callId: CallId;
  readonly since: string;
  readonly queue: Queue;
  state: CallState;
}

const whereOf = ({ group, extension }: Queue): string => (group ? `group ${group.id}` : `agent ${extension}`);

const isBefore = (one: Waiting, other: Waiting): boolean =>
  one.since < other.since || (one.since === other.since && one.callId < other.callId);

/** Where a caller stands, or would stand, among those in order. */
const placeOf = (waiting: Waiting, inOrder: readonly Waiting[]): number => {
  let [from, to] = [0, inOrder.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const there = inOrder[middle];
    if (there && isBefore(there, waiting)) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** The rest of one queue while it is gone through. */
interface Rest {
  readonly callers: readonly Waiting[];
  readonly isOpen: () => boolean;
  next: number;
}

const oldestOf = (rests: Iterable<Rest>): Rest | undefined => {
  let oldest: Rest | undefined;
  for (const rest of rests) {
    const [caller, first] = [rest.callers[rest.next], oldest?.callers[oldest.next]];
    if (caller && (!first || isBefore(caller, first))) oldest = rest;
  }
  return oldest;
};

/** Nobody waits yet. */
export const createWaitingCalls = (): WaitingCalls => {
  const calls = new Map<CallId, Waiting>();
  const queues = new Map<string, Waiting[]>();

  const leave = (waiting: Waiting): void => {
    calls.delete(waiting.callId);
    const where = whereOf(waiting.queue);
    const queue = queues.get(where) ?? [];
    queue.splice(placeOf(waiting, queue), 1);
    if (queue.length === 0) queues.delete(where);
  };
  const enter = (waiting: Waiting): void => {
    calls.set(waiting.callId, waiting);
    const where = whereOf(waiting.queue);
    const queue = queues.get(where) ?? [];
    queue.splice(placeOf(waiting, queue), 0, waiting);
    queues.set(where, queue);
  };

  return {
    update: (callId, state) => {
      const known = calls.get(callId);
      const queue = state.ended ? null : state.queue;
      if (known && queue && known.since === queue.since && whereOf(known.queue) === whereOf(queue))
        known.state = state;
      else {
        if (known) leave(known);
        if (queue) enter({ callId, since: queue.since, queue, state });
      }
    },
    *oldestFirst(isFree, besides) {
      const rests = new Set<Rest>();
      for (const callers of queues.values()) {
        const queue = callers[0]?.queue;
        if (!queue || !isFree(queue)) continue;
        rests.add({ callers: [...callers], isOpen: () => isFree(queue), next: 0 });
      }
      for (const callId of besides) {
        const waiting = calls.get(callId);
        if (waiting) rests.add({ callers: [waiting], isOpen: () => true, next: 0 });
      }
      for (let rest = oldestOf(rests); rest; rest = oldestOf(rests)) {
        const caller = rest.callers[rest.next];
        rest.next += 1;
        if (!caller || !rest.isOpen()) rests.delete(rest);
        else yield [caller.callId, caller.state];
      }
    },
  };
};
