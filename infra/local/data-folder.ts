import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** A new database with its first log files, the event log, and room for the recordings of a demo. */
const NEEDED_BYTES = 300e6;

/** Where the local run keeps everything, and how to give it back. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  readonly logs: string;
  /** Where signaling puts recordings, cut to what was allowed; for this user only. */
  readonly recordings: string;
  /** Token of the export API; the same over starts, so that a connector stays connected. */
  readonly exportToken: string;
  /** Token of the HTTP APIs of all services; the same over starts, too. */
  readonly adminToken: string;
  /** File of the tokens of the demo people. */
  readonly peopleTokens: string;
  /** Password of signaling at the switch. */
  readonly switchPassword: string;
}

/** All that a local run leaves in its data folder. */
const ownNames = new Set([
  'lock',
  'nats',
  'nats.run',
  'postgres',
  'postgres.run',
  'postgres.new',
  'recordings',
  'logs',
  'logs.before',
  'export-token',
  'admin-token',
  'switch-password',
  'addresses.json',
  'people-tokens.json',
  'people-tokens.json.new',
]);
/** Nobody but the owner: numbers, names, voices and passwords lie here. */
const ownerOnly = { folder: 0o700, file: 0o600 } as const;
/** The data folder itself others may pass and not look into: PostgreSQL's user goes to its own folder in it. */
const passage = 0o711;

/**
 * Takes the data folder for this process; two runs on the same log would destroy it.
 * @throws one sentence when another run has it, when it cannot be made or when its disk is full
 */
export const takeDataFolder = async (
  path: string,
  fresh: boolean,
  neededBytes = NEEDED_BYTES,
): Promise<DataFolder> => {
  await makeFolders(path).catch((error: Error) => {
    throw new Error(
      `The data folder ${path} cannot be made: ${error.message}. Set EARSHOT_DATA to another folder.`,
    );
  });
  await requireOurs(path);
  await closeWhenOwn(path);
  await requireRoom(path, neededBytes);
  const lock = join(path, 'lock');
  await takeLock(lock, path);
  if (fresh)
    for (const name of ['nats', 'nats.run', 'postgres', 'postgres.run', 'recordings', 'people-tokens.json'])
      await rm(join(path, name), { recursive: true, force: true });
  const logs = join(path, 'logs');
  await rm(`${logs}.before`, { recursive: true, force: true });
  if (existsSync(logs)) await rename(logs, `${logs}.before`);
  const recordings = join(path, 'recordings');
  for (const folder of [logs, recordings]) await closedFolder(folder);
  return {
    path,
    logs,
    recordings,
    exportToken: await keptSecret(join(path, 'export-token')),
    adminToken: await keptSecret(join(path, 'admin-token')),
    peopleTokens: join(path, 'people-tokens.json'),
    switchPassword: await keptSecret(join(path, 'switch-password')),
    [Symbol.asyncDispose]: () => rm(lock, { force: true }),
  };
};

/** What somebody else put under a name that a local run uses is neither moved nor deleted. */
const requireOurs = async (path: string): Promise<void> => {
  const names = await readdir(path);
  if (names.includes('admin-token')) return;
  const theirs = names.filter((name) => ownNames.has(name) && name !== 'lock').toSorted();
  if (theirs.length === 0) return;
  throw new Error(
    `The folder ${path} holds ${theirs.join(', ')}, and not from Earshot: set EARSHOT_DATA to a new or empty folder.`,
  );
};

/** The first on its own: Node.js goes round for ever where a folder can be read and nothing be made in it, as in /proc. */
const makeFolders = async (path: string): Promise<void> => {
  const missing = firstMissing(resolve(path));
  if (missing !== undefined) await mkdir(missing, { mode: passage });
  await mkdir(path, { recursive: true, mode: passage });
};

const firstMissing = (path: string): string | undefined => {
  if (existsSync(path)) return undefined;
  return firstMissing(dirname(path)) ?? path;
};

/** Makes a folder that its owner alone may enter; one that is there keeps its rights. */
const closedFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: ownerOnly.folder });
};

/**
 * A folder of an earlier version may be open to others. One that holds anything else than a local run leaves there
 * (a home folder, /tmp) is not ours to close; what we put into it is closed by itself.
 */
const closeWhenOwn = async (path: string): Promise<void> => {
  const names = await readdir(path);
  if (names.every((name) => ownNames.has(name))) await chmod(path, passage);
  const ours = ['recordings', 'logs', 'nats', 'nats.run'].filter((name) => names.includes(name));
  for (const name of ours) await chmod(join(path, name), ownerOnly.folder);
};

const requireRoom = async (path: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize >= bytes) return;
  const megabytes = (count: number) => Math.floor(count / 1e6);
  throw new Error(
    `The disk of the data folder ${path} has ${megabytes(bavail * bsize)} MB free, but ${megabytes(bytes)} MB are needed: make room, or set EARSHOT_DATA to a folder elsewhere.`,
  );
};

const takeLock = async (lock: string, path: string): Promise<void> => {
  const taken = await writeFile(lock, String(process.pid), { flag: 'wx', mode: ownerOnly.file }).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new Error(`The data folder ${path} cannot be written: ${error.message}.`);
      return true;
    },
  );
  if (!taken) return;
  const pid = Number(await readFile(lock, 'utf8'));
  if (pid !== process.pid && (await isLocalRun(pid))) {
    throw new Error(
      `Earshot runs already on ${path} (process ${pid}): end it first, or set EARSHOT_DATA to another folder.`,
    );
  }
  await writeFile(lock, String(process.pid));
};

const isLocalRun = async (pid: number): Promise<boolean> => {
  if (!(pid > 0)) return false;
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('start.ts');
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** What nobody can guess: made once for each data folder. */
const keptSecret = async (file: string): Promise<string> => {
  if (!existsSync(file)) await writeFile(file, randomBytes(18).toString('hex'), { mode: ownerOnly.file });
  return readFile(file, 'utf8');
};
