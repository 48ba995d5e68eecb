import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { asteriskCacheFolder, rootFileSystemPath } from './cache-folder.ts';

/** Whether a real Asterisk can be had on this machine; `why` is one sentence for the person who asked. */
export type Runnable = { readonly ok: true } | { readonly ok: false; readonly why: string };

const namespaceTools = ['unshare', 'setpriv', 'flock', 'mount', 'chroot'];

/**
 * Tells whether {@link startAsterisk} can work here without trying it.
 * It does not touch the network: a missing mirror shows when the root file system is made.
 */
export const canRunAsterisk = async (cacheFolder = asteriskCacheFolder()): Promise<Runnable> => {
  if (process.platform !== 'linux') return no('Asterisk runs here on Linux only.');
  if (process.getuid?.() !== 0)
    return no('Asterisk needs root here, to mount and enter its own root file system.');
  const missing = namespaceTools.filter((tool) => !onPath(tool));
  if (missing.length > 0) return no(`The system tools ${missing.join(', ')} are missing.`);
  if (!(await mayMount()))
    return no('This container may not make mount namespaces (it lacks CAP_SYS_ADMIN).');
  if (existsSync(rootFileSystemPath(cacheFolder))) return { ok: true };
  if (!onPath('apt-get'))
    return no('Making the root file system of Asterisk needs Debian or a derivative (apt-get is missing).');
  return { ok: true };
};

/** Whether a program is on the PATH. */
export const onPath = (tool: string): boolean => {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, tool)));
};

const mayMount = async (): Promise<boolean> => {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0';
  const capSysAdmin = 21n;
  return ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
};

const no = (why: string): Runnable => {
  return { ok: false, why };
};
