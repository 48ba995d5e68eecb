import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A new database with its first log files, the call log, and room for the recordings of a demo. */
const NEEDED_BYTES = 300e6;

/** Where the local run keeps everything, and how to give it back. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  readonly logs: string;
  readonly recordings: string;
  /** Token of the export API; the same over starts, so that a connector stays connected. */
  readonly exportToken: string;
}

/**
 * Takes the data folder for this process; two runs on the same log would destroy it.
 * @throws one sentence when another run has it, when it cannot be made or when its disk is full
 */
export const takeDataFolder = async (path: string, fresh: boolean, neededBytes = NEEDED_BYTES): Promise<DataFolder> => {
  await mkdir(path, { recursive: true }).catch((error: Error) => {
    throw new Error(`The data folder ${path} cannot be made: ${error.message}. Set EARSHOT_DATA to another folder.`);
  });
  await requireRoom(path, neededBytes);
  const lock = join(path, 'lock');
  await takeLock(lock, path);
  if (fresh) for (const name of ['nats', 'nats.run', 'postgres', 'postgres.run', 'recordings']) await rm(join(path, name), { recursive: true, force: true });
  const logs = join(path, 'logs');
  await rm(`${logs}.before`, { recursive: true, force: true });
  if (existsSync(logs)) await rename(logs, `${logs}.before`);
  const recordings = join(path, 'recordings');
  await mkdir(logs, { recursive: true });
  await mkdir(recordings, { recursive: true });
  return {
    path, logs, recordings,
    exportToken: await keptToken(join(path, 'export-token')),
    [Symbol.asyncDispose]: () => rm(lock, { force: true }),
  };
};

const requireRoom = async (path: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize >= bytes) return;
  const megabytes = (count: number) => Math.floor(count / 1e6);
  throw new Error(`The disk of the data folder ${path} has ${megabytes(bavail * bsize)} MB free, but ${megabytes(bytes)} MB are needed: make room, or set EARSHOT_DATA to a folder elsewhere.`);
};

const takeLock = async (lock: string, path: string): Promise<void> => {
  const taken = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(() => false, (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new Error(`The data folder ${path} cannot be written: ${error.message}.`);
    return true;
  });
  if (!taken) return;
  const pid = Number(await readFile(lock, 'utf8'));
  if (pid !== process.pid && (await isLocalRun(pid))) {
    throw new Error(`Earshot runs already on ${path} (process ${pid}): end it first, or set EARSHOT_DATA to another folder.`);
  }
  await writeFile(lock, String(process.pid));
};

const isLocalRun = async (pid: number): Promise<boolean> => {
  if (!(pid > 0)) return false;
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('start.ts');
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const keptToken = async (file: string): Promise<string> => {
  if (!existsSync(file)) await writeFile(file, randomBytes(18).toString('hex'), { mode: 0o600 });
  return await readFile(file, 'utf8');
};
