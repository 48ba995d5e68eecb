import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeEnd, lastLines, spawnChild, until } from '@earshot/processes';
import type { RunAs } from '@earshot/processes';
import type { Binaries } from './binaries.ts';

/** The one database user of a local server, with all rights. */
export const DATABASE_USER = 'earshot';

/**
 * Makes the data folder when there is none, and gives the password of its user.
 * It is made aside and renamed, so that an interrupted first start leaves no half folder behind.
 */
export const prepareDataFolder = async (
  binaries: Binaries,
  dataDir: string,
  runDir: string,
  runAs: RunAs | undefined,
): Promise<string> => {
  const passwordFile = join(runDir, 'password');
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  if (runAs !== undefined) await chown(runDir, runAs.uid, runAs.gid);
  if (existsSync(join(dataDir, 'PG_VERSION'))) {
    await requireNobodyUses(dataDir);
    return readFile(passwordFile, 'utf8');
  }
  const password = randomBytes(18).toString('hex');
  const fresh = `${dataDir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs !== undefined) {
    await chown(fresh, runAs.uid, runAs.gid);
    await chown(passwordFile, runAs.uid, runAs.gid);
  }
  const initdb = await spawnChild(
    binaries.initdb,
    [
      '--pgdata',
      fresh,
      '--username',
      DATABASE_USER,
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
    ],
    { name: 'initdb', logFile: join(runDir, 'initdb.log'), ...(runAs === undefined ? {} : { runAs }) },
  );
  const end = await initdb.ended;
  if (end.code !== 0)
    throw new Error(
      `The PostgreSQL data folder ${dataDir} could not be made (initdb ${describeEnd(end)}):\n${lastLines(initdb.logFile, 5)}`,
    );
  await rm(dataDir, { recursive: true, force: true });
  await rename(fresh, dataDir);
  return password;
};

/** The password for a server in a container: made once, readable by its owner only. */
export const keptPassword = async (runDir: string): Promise<string> => {
  const passwordFile = join(runDir, 'password');
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const password = randomBytes(18).toString('hex');
  if (!existsSync(passwordFile)) await writeFile(passwordFile, password, { mode: 0o600 });
  return readFile(passwordFile, 'utf8');
};

/**
 * After a crash `postmaster.pid` stays behind. PostgreSQL itself sees that its process is gone and that no remaining part
 * of the old server uses the data; only when another program has got the same process id does it need help.
 */
const requireNobodyUses = async (dataDir: string): Promise<void> => {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  await until(
    'The end of the other server',
    async () => ((await servesFolder(pid, dataDir)) ? undefined : true),
    { timeoutMs: 5000 },
  ).catch(() => {
    throw new Error(`PostgreSQL runs already on ${dataDir} (process ${pid}): end the other start first.`);
  });
  if (!isAlive(pid)) return;
  // What was left of the old server ends within moments once it sees that its main process is gone.
  await sleep(1000);
  await rm(file, { force: true });
};

const servesFolder = async (pid: number, dataDir: string): Promise<boolean> => {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(dataDir);
  }
  return isAlive(pid);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
