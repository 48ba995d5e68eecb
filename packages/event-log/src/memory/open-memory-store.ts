import type { CallLog } from '../call-log.ts';
import type { Coordination } from '../coordination.ts';
import type { SettingsLog } from '../settings-log.ts';
import { MemoryCallLog } from './memory-call-log.ts';
import { memoryCoordination } from './memory-coordination.ts';
import { MemorySettingsLog } from './memory-settings-log.ts';
import { MemoryStore } from './memory-store.ts';
import type { Schedule } from './schedule.ts';

/** What one process sees of a memory store. */
export interface MemoryProcess {
  readonly log: CallLog;
  readonly settings: SettingsLog;
  readonly coordination: Coordination;
  /** The process dies here and now: whatever it awaits from the store never answers. Its lease lasts until `expireLeases`. */
  kill(): void;
}

/** A log that lives as long as the object, for tests and for the simulated switch. */
export interface OpenMemoryStore {
  /** A further process on the same store; its schedule says what goes wrong for it. */
  connect(schedule?: Schedule): MemoryProcess;
  readonly store: MemoryStore;
}

/** Opens an empty log, settings, leases, checkpoints and parking in memory. */
export const openMemoryStore = (options: { readonly tenant?: string; readonly now?: () => Date } = {}): OpenMemoryStore => {
  const store = new MemoryStore(options.tenant ?? 'test', options.now ?? (() => new Date()));
  return { store, connect: (schedule = {}) => connectTo(store, schedule) };
};

const connectTo = (store: MemoryStore, schedule: Schedule): MemoryProcess => {
  let alive = true;
  const kills: (() => void)[] = [];
  const never = new Promise<void>(() => {});
  const process = { isAlive: () => alive, whileAlive: () => (alive ? undefined : never), onKill: (listener: () => void) => void kills.push(listener) };
  return {
    log: new MemoryCallLog(store, schedule, process.whileAlive),
    settings: new MemorySettingsLog(store),
    coordination: memoryCoordination(store, schedule, process),
    kill: () => {
      alive = false;
      for (const listener of kills) listener();
    },
  };
};
