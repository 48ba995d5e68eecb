import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A numeric user of this machine. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface WrappedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly credentials: { readonly uid?: number; readonly gid?: number };
  readonly needsWatchdog: boolean;
}

let setprivWorks: boolean | undefined;

/**
 * Wraps a command so that the system itself signals the program when its parent dies: util-linux's setpriv sets the
 * parent-death signal of prctl(2) and replaces itself by the program, so the process id stays the same.
 * Without setpriv (other systems) the caller has to start a watchdog.
 */
export const dieWithParent = (
  command: string,
  args: readonly string[],
  signal: NodeJS.Signals,
  runAs?: RunAs,
): WrappedCommand => {
  if (!hasSetpriv()) return { command, args, credentials: runAs ?? {}, needsWatchdog: true };
  const user = runAs === undefined ? [] : [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups'];
  // The parent may have died before the signal was set: then nobody would send it, and the program must not start.
  const unlessOrphan = ['sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)];
  return {
    command: 'setpriv',
    args: ['--pdeathsig', signal.replace(/^SIG/, ''), ...user, '--', ...unlessOrphan, command, ...args],
    credentials: {},
    needsWatchdog: false,
  };
};

/** Starts a small process that waits for the end of a pipe from this process and then signals `pid`. */
export const watchParent = (pid: number, signal: NodeJS.Signals): ChildProcess => {
  const script = fileURLToPath(new URL('watchdog.ts', import.meta.url));
  const watchdog = spawn(process.execPath, [script, String(pid), signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  return watchdog;
};

const hasSetpriv = (): boolean => {
  setprivWorks ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
  return setprivWorks;
};
