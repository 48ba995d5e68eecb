import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunAs } from '@earshot/processes';
import type { Binaries } from './binaries.ts';

/** Where root keeps what another user has to reach: nobody but root can put anything there. */
const SYSTEM_FOLDER = '/var/lib/earshot';

/** What a started server needs on the disk, all of it in folders that its user may enter. */
export interface Place {
  readonly dataDir: string;
  /** Log and password. */
  readonly runDir: string;
  readonly binaries: Binaries;
}

/**
 * Finds a place for a server that runs as another user. Root's own folders are closed to that user: then the data
 * lie below `/var/lib/earshot` with a symbolic link to them at `dataDir`, and the programs are copied there once.
 * @throws one sentence when that folder cannot be made
 */
export const placeFor = async (
  dataDir: string,
  binaries: Binaries,
  user: RunAs | undefined,
): Promise<Place> => {
  await mkdir(dirname(dataDir), { recursive: true });
  const here = { dataDir, runDir: `${dataDir}.run` };
  if (user === undefined) return { ...here, binaries };
  try {
    const folders = mayEnter(dirname(dataDir), user) ? here : await placeOutside(dataDir);
    return {
      ...folders,
      binaries: mayEnter(dirname(binaries.postgres), user) ? binaries : await copyOf(binaries),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `PostgreSQL's user may not enter ${dirname(dataDir)}, and a folder outside of it cannot be made: ${why}. ` +
        'Let all users pass through the checkout and EARSHOT_DATA, start as another user than root, or set DATABASE_URL.',
      { cause: error },
    );
  }
};

/** Tried as that user, without any capability: this counts access lists, too. */
const mayEnter = (folder: string, { uid, gid }: RunAs): boolean =>
  spawnSync('sh', ['-c', 'cd -- "$0"', folder], { cwd: '/', uid, gid, stdio: 'ignore' }).status === 0;

/**
 * The link at `dataDir` is what counts: whoever deletes it, or a folder above, has deleted the database, and what
 * is left outside is removed by the next start of any server.
 */
const placeOutside = async (
  dataDir: string,
): Promise<{ readonly dataDir: string; readonly runDir: string }> => {
  await openFolder(SYSTEM_FOLDER);
  await removeLeftOvers();
  const folder = join(
    SYSTEM_FOLDER,
    `data-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`,
  );
  const data = join(folder, 'data');
  const before = await lstat(dataDir).catch(() => undefined);
  if (before?.isSymbolicLink() !== true) {
    await rm(folder, { recursive: true, force: true });
    await openFolder(folder);
    // Made while the folder was still open to that user; `mv` keeps the owners, also from disk to disk.
    if (before !== undefined)
      for (const [from, to] of [
        [dataDir, data],
        [`${dataDir}.run`, `${data}.run`],
      ] as const)
        move(from, to);
    await symlink(data, dataDir);
  }
  await openFolder(folder);
  await writeFile(join(folder, 'link'), dataDir);
  return { dataDir: data, runDir: `${data}.run` };
};

/** A folder that everybody may enter, whatever root's umask is. */
const openFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
};

const move = (from: string, to: string): void => {
  const moved = spawnSync('mv', ['--', from, to], { encoding: 'utf8' });
  if (existsSync(from)) throw new Error(`${from} could not be moved to ${to}: ${moved.stderr}`);
};

const removeLeftOvers = async (): Promise<void> => {
  for (const name of await readdir(SYSTEM_FOLDER)) {
    const folder = join(SYSTEM_FOLDER, name);
    const link = await readFile(join(folder, 'link'), 'utf8').catch(() => undefined);
    if (link === undefined) continue;
    const leadsTo = await readlink(link).catch(() => undefined);
    if (leadsTo !== join(folder, 'data')) await rm(folder, { recursive: true, force: true });
  }
};

/** All of the package (programs, libraries, time zones), whose parts find each other by where they lie. */
const copyOf = async (binaries: Binaries): Promise<Binaries> => {
  const native = dirname(dirname(binaries.postgres));
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const copy = join(SYSTEM_FOLDER, `postgres-${version}`);
  if (!existsSync(copy)) {
    await openFolder(SYSTEM_FOLDER);
    const scratch = await mkdtemp(join(SYSTEM_FOLDER, 'copying-'));
    await cp(native, join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
    // Who installed with a strict umask has files that nobody else may read.
    spawnSync('chmod', ['-R', 'a+rX', join(scratch, 'native')]);
    // All or nothing; of two starts at once the first one's copy stays.
    await rename(join(scratch, 'native'), copy).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await rm(scratch, { recursive: true, force: true });
  }
  const inCopy = (program: string): string => join(copy, 'bin', basename(program));
  return { initdb: inCopy(binaries.initdb), postgres: inCopy(binaries.postgres) };
};
