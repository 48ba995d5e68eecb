import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { asteriskCacheFolder, rootFileSystemPath, suite } from './cache-folder.ts';
import { canRunAsterisk, onPath } from './can-run.ts';

const run = promisify(execFile);

const packages = [
  'asterisk',
  'asterisk-modules',
  'asterisk-core-sounds-en-gsm',
  'baresip-core',
  'sip-tester',
  'sox',
  'espeak-ng',
  'ca-certificates',
];
const neededBytes = 1_000_000_000;

export interface RootFileSystem {
  readonly path: string;
  /** What `asterisk -V` says, for example `22.10.1`. 22.11 has a regression after a whisper (asterisk#2134). */
  readonly asteriskVersion: string;
}

export interface RootFileSystemOptions {
  readonly cacheFolder?: string;
  /** One line of progress for a person. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Makes sure that the root file system with Asterisk and the phones is there: about 30 s and 450 MB once, nothing afterwards.
 * Several processes may ask at once: one makes it, the others wait.
 * @throws Error with one sentence that says what is missing.
 */
export const ensureRootFileSystem = async (options: RootFileSystemOptions = {}): Promise<RootFileSystem> => {
  const cacheFolder = options.cacheFolder ?? asteriskCacheFolder();
  const progress = options.onProgress ?? (() => {});
  const runnable = await canRunAsterisk(cacheFolder);
  if (!runnable.ok) throw new Error(runnable.why);
  const path = rootFileSystemPath(cacheFolder);
  if (!existsSync(path)) {
    await mkdir(cacheFolder, { recursive: true });
    await checkSpace(cacheFolder);
    await ensureMmdebstrap(progress);
    await build(cacheFolder, path, await mirror(), progress);
  }
  return { path, asteriskVersion: await installedVersion(path) };
};

const checkSpace = async (folder: string): Promise<void> => {
  const space = await statfs(folder);
  const free = space.bavail * space.bsize;
  if (free < neededBytes) {
    throw new Error(
      `The root file system of Asterisk needs 1 GB in ${folder}, and only ${Math.round(free / 1e6)} MB are free.`,
    );
  }
};

const ensureMmdebstrap = async (progress: (text: string) => void): Promise<void> => {
  if (onPath('mmdebstrap')) return;
  progress('installing mmdebstrap');
  try {
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'mmdebstrap']);
  } catch (first) {
    try {
      await run('apt-get', ['update']);
      await run('apt-get', ['install', '-y', '--no-install-recommends', 'mmdebstrap']);
    } catch {
      throw new Error('The program mmdebstrap is missing and apt-get could not install it.', {
        cause: first,
      });
    }
  }
};

const mirror = async (): Promise<string> => {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(SITE)']);
  const sites = [...new Set(stdout.split('\n').filter((line) => line !== ''))];
  const site =
    sites.find((each) => each.endsWith('/debian')) ??
    sites.find((each) => !each.includes('security')) ??
    sites[0];
  if (site === undefined) throw new Error('The apt sources of this machine name no Debian mirror.');
  return site;
};

/**
 * The lock, the building folder and the rename are one shell line, so that a parent that dies leaves at most a folder
 * that the next build removes. The mount namespace makes sure that no mount outlives it.
 */
const buildLine = `
set -e
test ! -e "$FINAL" || exit 0
rm -rf --one-file-system "$BUILDING"
"$@" "$BUILDING" "$MIRROR"
mv "$BUILDING" "$FINAL"
`;

const build = async (
  cacheFolder: string,
  final: string,
  site: string,
  progress: (text: string) => void,
): Promise<void> => {
  progress(`making the root file system of Asterisk (Debian ${suite}, about 450 MB)`);
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'TERM',
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'flock',
      join(cacheFolder, 'rootfs.lock'),
      'sh',
      '-c',
      buildLine,
      'sh',
      'mmdebstrap',
      '--variant=apt',
      '--mode=root',
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Check-Valid-Until "false"',
      '--aptopt=Acquire::Check-Date "false"',
      `--include=${packages.join(',')}`,
      suite,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, FINAL: final, BUILDING: `${final}.building`, MIRROR: site },
    },
  );
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.startsWith('I: ')) progress(line.slice(3));
  }
  const code =
    child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)));
  if (code !== 0) throw new Error(reason(lines), { cause: lines.slice(-20).join('\n') });
};

const reason = (lines: readonly string[]): string => {
  const text = lines.join('\n');
  if (/No space left/i.test(text))
    return 'The disk filled up while the root file system of Asterisk was made.';
  if (/resolve|connect|timed out|unreachable|Failed to fetch/i.test(text)) {
    return 'The Debian mirror in the apt sources of this machine could not be reached, so there is no Asterisk.';
  }
  return `The root file system of Asterisk could not be made: ${lines.findLast((line) => line.startsWith('E: ')) ?? 'mmdebstrap failed'}.`;
};

const installedVersion = async (path: string): Promise<string> => {
  const status = await readFile(join(path, 'var/lib/dpkg/status'), 'utf8');
  const version = /^Package: asterisk\n(?:.+\n)*?Version: (?:\d+:)?([\d.]+)/m.exec(status)?.[1];
  if (version === undefined)
    throw new Error(`The folder ${path} holds no installed Asterisk; remove it, and it is made again.`);
  return version;
};
