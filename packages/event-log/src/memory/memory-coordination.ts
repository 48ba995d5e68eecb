import { SameNameError, type Coordination, type PartitionLease } from '../coordination.ts';
import { shareOf } from '../runtime/partition-share.ts';
import type { LifeOfProcess } from './life-of-process.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Schedule } from './schedule.ts';

/** One process's part in the leases, checkpoints and dead letters of a memory store. */
export const memoryCoordination = (
  store: MemoryStore,
  schedule: Schedule,
  process: LifeOfProcess,
): Coordination => {
  const step = async (what: 'checkpoint' | 'dead-letter') => {
    await process.whileAlive();
    await schedule.step?.(what, {});
    await process.whileAlive();
  };
  return {
    leases: { join: async (service, owner) => joinIn(store, service, owner, process) },
    masterships: store.masters.of(process),
    checkpoints: {
      load: async (service, partition) => {
        await step('checkpoint');
        return store.checkpoints.get(`${service}.${partition}`);
      },
      save: async (service, partition, checkpoint) => {
        await step('checkpoint');
        store.checkpoints.set(`${service}.${partition}`, checkpoint);
      },
    },
    marks: {
      load: async (service, name) => {
        await step('checkpoint');
        return store.marks.get(`${service}.${name}`);
      },
      save: async (service, name, at) => {
        await step('checkpoint');
        store.marks.set(`${service}.${name}`, at);
      },
    },
    deadLetters: {
      add: async (letter) => {
        await step('dead-letter');
        const same = store.deadLetters.some(
          ({ service, cause }) => service === letter.service && cause === letter.cause,
        );
        if (!same) store.deadLetters.push(letter);
      },
    },
  };
};

const never = new Promise<never>(() => {});

/** Of a process whose name another one has. */
const leaseOfNobody = (problem: SameNameError): PartitionLease => {
  const failed = Promise.reject(problem);
  failed.catch(() => {});
  return {
    failed,
    owned: () => new Set(),
    onChange: () => () => {},
    [Symbol.asyncDispose]: async () => {},
  };
};

const joinIn = (
  store: MemoryStore,
  service: string,
  owner: string,
  process: LifeOfProcess,
): PartitionLease => {
  const members =
    store.members.get(service) ?? new Map<string, { alive: boolean; readonly changed: () => void }>();
  store.members.set(service, members);
  if (members.get(owner)?.alive) return leaseOfNobody(new SameNameError(service, owner));
  const listeners = new Set<() => void>();
  let share: ReadonlySet<number> = new Set();
  const member = {
    alive: true,
    changed: () => {
      if (!process.isAlive()) return;
      share = shareOf(owner, members.keys());
      for (const listener of listeners) listener();
    },
  };
  process.onKill(() => {
    member.alive = false;
  });
  members.set(owner, member);
  for (const { changed } of [...members.values()]) changed();
  return {
    failed: never,
    owned: () => share,
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    [Symbol.asyncDispose]: async () => {
      if (members.get(owner) !== member) return;
      members.delete(owner);
      share = new Set();
      for (const { changed } of [...members.values()]) changed();
    },
  };
};
