import { join, resolve } from 'node:path';

/**
 * Folder that keeps what is expensive to make (the root file system, spoken greetings).
 * `EARSHOT_CACHE` when set, else `.cache/asterisk` in the repository.
 */
export function asteriskCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['EARSHOT_CACHE'];
  return chosen ? resolve(chosen) : join(import.meta.dirname, '../../../.cache/asterisk');
}
