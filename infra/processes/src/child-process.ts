import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { lastLines } from './log-tail.ts';
import { dieWithParent, watchParent } from './parent-death.ts';
import type { RunAs } from './parent-death.ts';

/** How a process ended: one of the two is null. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  /** What people call it, for messages: "NATS", "signaling". */
  readonly name: string;
  /** Receives standard output and standard error, appended; its folder is made. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The first signal of `stop()`. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds between that signal and SIGKILL. Default 5000. */
  readonly graceMs?: number;
  /** What the child gets from the system when this process dies, however it dies. Default SIGKILL. */
  readonly parentDeathSignal?: NodeJS.Signals;
  /** Another user for a program that refuses to run as root. */
  readonly runAs?: RunAs;
  /** Gives the program a standard input that stays open until this process ends; otherwise it has none. */
  readonly holdInput?: boolean;
}

/** A running program that ends when this process ends, however it ends. */
export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles once, when the program has ended. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly running: () => boolean;
  /** Sends a signal at once; false when the program has already ended. */
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** Asks politely, waits for the grace period, then kills. Safe to call twice. */
  readonly stop: () => Promise<ProcessEnd>;
  /**
   * Waits for `work`, unless the program ends first.
   * @throws one sentence with the last log lines when it does
   */
  readonly whileRunning: <T>(work: Promise<T>) => Promise<T>;
}

/**
 * Starts a program in a session of its own, so that a Ctrl-C in the terminal reaches the starter only, which then ends
 * its children in order.
 * @throws one sentence when the program cannot be started at all
 */
export const spawnChild = async (
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<Child> => {
  const signalOnDeath = options.parentDeathSignal ?? 'SIGKILL';
  const wrapped = dieWithParent(command, args, signalOnDeath, options.runAs);
  const child = forOwnerOnly(() => {
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = openSync(options.logFile, 'a');
    try {
      return spawn(wrapped.command, wrapped.args, {
        stdio: [options.holdInput === true ? 'pipe' : 'ignore', log, log],
        detached: true,
        env: options.env ?? process.env,
        ...wrapped.credentials,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
    } finally {
      closeSync(log);
    }
  });
  const ended = endOf(child);
  await started(child, options.name, command);
  const pid = child.pid as number;
  const watchdog = wrapped.needsWatchdog ? watchParent(pid, signalOnDeath) : undefined;
  void ended.then(() => watchdog?.kill('SIGKILL'));

  const running = () => child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<ProcessEnd> => {
    if (running()) child.kill(options.stopSignal ?? 'SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 5000);
    try {
      return await ended;
    } finally {
      clearTimeout(kill);
    }
  };
  const whileRunning = async <T>(work: Promise<T>): Promise<T> => {
    const failed = ended.then((end) => {
      throw new Error(endedEarly(options.name, end, options.logFile));
    });
    work.catch(() => {});
    failed.catch(() => {});
    return Promise.race([work, failed]);
  };
  return {
    name: options.name,
    pid,
    logFile: options.logFile,
    ended,
    running,
    kill: (signal) => child.kill(signal),
    stop,
    whileRunning,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
};

/** What is made within `work`, also by programs that it starts, is for its owner only: it is personal data. */
const forOwnerOnly = <T>(work: () => T): T => {
  const before = process.umask(0o077);
  try {
    return work();
  } finally {
    process.umask(before);
  }
};

const endOf = (child: ChildProcess): Promise<ProcessEnd> => {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
};

const started = (child: ChildProcess, name: string, command: string): Promise<void> => {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? `the program "${command}" was not found` : error.message;
      reject(new Error(`${name} could not be started: ${why}.`));
    });
  });
};

/** "ended with exit code 1", "was ended by SIGKILL". */
export const describeEnd = (end: ProcessEnd): string => {
  return end.signal === null ? `ended with exit code ${end.code}` : `was ended by ${end.signal}`;
};

const endedEarly = (name: string, end: ProcessEnd, logFile: string): string => {
  const tail = lastLines(logFile, 8);
  const said = tail === '' ? ' It wrote no log.' : ` Its last lines:\n${tail}`;
  return `${name} ${describeEnd(end)} although it should run (log: ${logFile}).${said}`;
};
