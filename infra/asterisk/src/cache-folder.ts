import { join, resolve } from 'node:path';

/**
 * Folder that keeps what is expensive to make (the root file system, spoken greetings).
 * `EARSHOT_CACHE` when set, else `.cache/asterisk` in the repository.
 */
export const asteriskCacheFolder = (environment: NodeJS.ProcessEnv = process.env): string => {
  const chosen = environment['EARSHOT_CACHE'];
  return chosen ? resolve(chosen) : join(import.meta.dirname, '../../../.cache/asterisk');
};

/** The Debian suite with Asterisk 22; stable ships none. */
export const suite = 'forky';
/** Part of the folder's name: another package list makes another root file system. */
const recipe = `${suite}-1`;

/** Where the root file system of Asterisk lies, made or not. */
export const rootFileSystemPath = (cacheFolder: string): string => {
  return join(cacheFolder, `rootfs-${recipe}`);
};
