import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@earshot/processes';
import { asteriskCacheFolder } from './cache-folder.ts';
import { instanceFolders, writeConfiguration } from './configuration.ts';
import { greetingsFolder } from './greeting.ts';
import { killInside, spawnInside } from './inside.ts';
import { makeInstanceFolder } from './instance-folder.ts';
import { makeMusic } from './music.ts';
import { ensureRootFileSystem } from './root-file-system.ts';
import type { AsteriskTenant } from './tenant.ts';

export interface AsteriskOptions {
  readonly tenant: AsteriskTenant;
  readonly cacheFolder?: string;
  /** Folders with sounds that Asterisk shall be able to play, seen under the same path (the greetings of the cache always are). */
  readonly soundFolders?: readonly string[];
  readonly onProgress?: (text: string) => void;
}

/** One running Asterisk. It ends, and its folder goes, with {@link AsteriskInstance} or with this process, however that ends. */
export interface AsteriskInstance extends AsyncDisposable {
  /** Base of its HTTP interface, without a slash at the end: `http://127.0.0.1:port`. ARI is below `/ari`. */
  readonly url: string;
  readonly ariUser: string;
  readonly ariPassword: string;
  readonly app: string;
  readonly sipPort: number;
  readonly version: string;
  /** Root file system it runs in, for phones that come from the same one. */
  readonly root: string;
  /** Folder of spoken greetings, under the same path for Asterisk and this machine: `<sha256 of the text>.wav`. */
  readonly greetings: string;
  /** Folder of what recorders leave, uncut, as this machine sees it; nobody but Asterisk's user may enter it, and it goes with the instance. */
  readonly recordings: string;
  readonly logPath: string;
  /** Process that holds the instance; killing it ends Asterisk. */
  readonly pid: number;
  /** Ends Asterisk at once, as a power cut would; its folder stays until disposal. */
  kill(): Promise<void>;
}

/**
 * Starts an Asterisk of its own on loopback and waits until ARI answers.
 * Any number may run at once: every port and path belongs to the instance.
 * @throws Error with one sentence when it cannot be had, or the end of its log when it does not come up.
 */
export const startAsterisk = async (options: AsteriskOptions): Promise<AsteriskInstance> => {
  const cacheFolder = options.cacheFolder ?? asteriskCacheFolder();
  const { path: root, asteriskVersion } = await ensureRootFileSystem({
    cacheFolder,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const tenant = {
    ...options.tenant,
    sipPort: options.tenant.sipPort || (await freePort()),
    httpPort: options.tenant.httpPort || (await freePort()),
  };
  const folders = instanceFolders(await makeInstanceFolder('asterisk'));
  const greetings = greetingsFolder(cacheFolder);
  await mkdir(greetings, { recursive: true });
  await writeConfiguration(folders, tenant);
  await makeMusic(join(folders.music, 'hold.wav'));
  const child = spawnInside({
    root,
    folders: [folders.base, greetings, ...(options.soundFolders ?? [])],
    command: ['asterisk', '-p', '-f', '-C', join(folders.configuration, 'asterisk.conf')],
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const problems = collect(child);
  const url = `http://127.0.0.1:${tenant.httpPort}`;
  const instance: AsteriskInstance = {
    url,
    ariUser: tenant.ariUser,
    ariPassword: tenant.ariPassword,
    app: tenant.app,
    sipPort: tenant.sipPort,
    version: asteriskVersion,
    root,
    greetings,
    recordings: folders.recordings,
    logPath: folders.log,
    pid: child.pid ?? 0,
    kill: () => end(child),
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await rm(folders.base, { recursive: true, force: true });
    },
  };
  try {
    await ready(
      child,
      url,
      tenant,
      async () => `${problems()}\n${await readFile(folders.log, 'utf8').catch(() => '')}`,
    );
  } catch (error) {
    await instance[Symbol.asyncDispose]();
    throw error;
  }
  return instance;
};

const startLimitMs = 30_000;

const ready = async (
  child: ChildProcess,
  url: string,
  tenant: AsteriskTenant,
  log: () => Promise<string>,
): Promise<void> => {
  const authorization = `Basic ${Buffer.from(`${tenant.ariUser}:${tenant.ariPassword}`).toString('base64')}`;
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`Asterisk ended while it started: ${(await log()).trim().slice(-1000)}`);
    }
    const answer = await fetch(`${url}/ari/asterisk/info`, { headers: { authorization } }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await wait(50);
  }
  throw new Error(
    `Asterisk did not answer within ${startLimitMs / 1000} s: ${(await log()).trim().slice(-1000)}`,
  );
};

const collect = (child: ChildProcess): (() => string) => {
  let text = '';
  child.stderr?.on('data', (part: Buffer) => {
    text = (text + part.toString()).slice(-4000);
  });
  return () => text;
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  killInside(child);
  await gone;
};
