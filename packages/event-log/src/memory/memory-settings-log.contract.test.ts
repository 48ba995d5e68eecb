import { settingsLogContract } from '../settings-log.contract.ts';
import { openMemoryStore } from './open-memory-store.ts';

settingsLogContract('The settings in memory', async () => ({
  settings: openMemoryStore().connect().settings,
  [Symbol.asyncDispose]: async () => {},
}));
