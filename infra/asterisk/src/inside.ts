import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface InsideOptions {
  /** Root file system the command runs in. */
  readonly root: string;
  /** Folders of this machine that the command sees under the same path. */
  readonly folders: readonly string[];
  readonly command: readonly string[];
  readonly stdio?: SpawnOptions['stdio'];
}

/**
 * Mounts, then becomes the command. All of it happens in a mount namespace of its own, so the mounts are seen by nobody else and
 * vanish with the last process in it: nothing has to be unmounted, and nothing of the host can be removed through them.
 * Its host name is its own too: Asterisk and SIP look it up for every call, and a machine's real name may not be found.
 */
const enter = `
set -e
root="$1"; shift
chrt --rr --pid 10 $$ >/dev/null 2>&1 || renice --priority -18 --pid $$ >/dev/null 2>&1 || true
hostname localhost
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
umask 077
exec chroot "$root" "$@"
`;

/**
 * Starts a command in the root file system, in process and mount namespaces of its own.
 * It goes before everything else on the processor where that is allowed: a frame of voice is due every 20 ms, also while tests keep the machine busy.
 * When this process dies for any reason the kernel ends the command and everything it started; so does killing the child.
 */
export const spawnInside = (options: InsideOptions): ChildProcess => {
  const mounts = options.folders.map((folder) => [folder, folder] as const);
  return spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--uts',
      '--fork',
      '--kill-child=KILL',
      'sh',
      '-c',
      enter,
      'sh',
      options.root,
      ...mounts.flat(),
      '--',
      ...options.command,
    ],
    {
      stdio: options.stdio ?? ['ignore', 'ignore', 'pipe'],
      // A terminal's Ctrl-C goes to the parent alone, which decides in what order things end.
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
    },
  );
};

/**
 * Kills a command started by {@link spawnInside} and all it started. The command itself is killed, not the process that holds it,
 * because the holder then reaps it and no dead process is left to the machine's init.
 */
export const killInside = (child: ChildProcess): void => {
  const inner = innerPid(child);
  if (inner === undefined) child.kill('SIGKILL');
  else process.kill(inner, 'SIGKILL');
};

/** Process number, as this machine counts, of the command itself; undefined when it has ended. */
export const innerPid = (child: ChildProcess): number | undefined => {
  try {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
};

/**
 * Runs a command in the root file system to its end.
 * @throws Error with the last lines the command wrote when it fails.
 */
export const runInside = async (options: Omit<InsideOptions, 'stdio'>): Promise<string> => {
  const child = spawnInside({ ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let problems = '';
  child.stdout?.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr?.on('data', (part: Buffer) => {
    problems += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${options.command[0]} failed: ${problems.trim().slice(-500)}`);
  return out;
};
