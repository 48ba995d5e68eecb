import type { EventLog } from '../event-log.ts';
import type { Coordination } from '../coordination.ts';
import type { SettingsLog } from '../settings-log.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { memoryCoordination } from './memory-coordination.ts';
import { MemorySettingsLog } from './memory-settings-log.ts';
import { MemoryStore } from './memory-store.ts';
import { beginLife } from './life-of-process.ts';
import type { Schedule } from './schedule.ts';

/** What one process sees of a memory store. */
export interface MemoryProcess {
  readonly log: EventLog;
  readonly settings: SettingsLog;
  readonly coordination: Coordination;
  /** The process dies here and now: whatever it awaits from the store never answers. Its lease lasts until `expireLeases`. */
  kill(): void;
  /** Its masterships are not renewed from now on; others get them at `expireLeases`. */
  cutOff(): void;
  connectAgain(): void;
}

/** A log that lives as long as the object, for tests and for the simulated switch. */
export interface OpenMemoryStore {
  /** A further process on the same store; its schedule says what goes wrong for it. */
  connect(schedule?: Schedule): MemoryProcess;
  readonly store: MemoryStore;
}

/** Opens an empty log, settings, leases, checkpoints and dead letters in memory. */
export const openMemoryStore = (
  options: { readonly tenant?: string; readonly now?: () => Date } = {},
): OpenMemoryStore => {
  const store = new MemoryStore(options.tenant ?? 'test', options.now ?? (() => new Date()));
  return { store, connect: (schedule = {}) => connectTo(store, schedule) };
};

const connectTo = (store: MemoryStore, schedule: Schedule): MemoryProcess => {
  const life = beginLife();
  return {
    log: new MemoryEventLog(store, schedule, life.whileAlive),
    settings: new MemorySettingsLog(store),
    coordination: memoryCoordination(store, schedule, life),
    kill: life.kill,
    cutOff: life.cutOff,
    connectAgain: life.connectAgain,
  };
};
