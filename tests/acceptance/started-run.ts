import { spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { until } from '@earshot/processes';

const script = fileURLToPath(new URL('../../infra/local/start.ts', import.meta.url));

/** What `npm start` runs, as a process of its own. */
export interface StartedRun {
  readonly pid: number;
  /** What a person has read so far. */
  said(): string;
  /** Resolves with the ready line; rejects when the run ends before. */
  ready(): Promise<{
    readonly export: { readonly url: string; readonly email: string; readonly token: string };
    readonly api: Readonly<Record<string, string>>;
    readonly admin: { readonly token: string };
    readonly people: Readonly<Record<string, { readonly name: string; readonly token: string }>>;
  }>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Every process of this run that lives, with its command line; found by a mark in the environment that all inherit. */
  alive(): Promise<readonly { readonly pid: number; readonly command: string }[]>;
  /** Resolves when none of them lives. */
  nothingLeft(): Promise<void>;
}

let runs = 0;

export const startRun = (env: Readonly<Record<string, string>>, args: readonly string[] = []): StartedRun => {
  const mark = `${process.pid}-${++runs}`;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, LAB_API_PORT: '0', LAB_EXPORT_PORT: '0', ...env, STARTED_BY_TEST: mark },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said += data.toString('utf8')));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  const alive: StartedRun['alive'] = async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(
      pids.map(async (pid) =>
        (await text(`/proc/${pid}/environ`)).split('\0').includes(`STARTED_BY_TEST=${mark}`)
          ? [{ pid: Number(pid), command: (await text(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ') }]
          : [],
      ),
    );
    return found.flat();
  };
  return {
    pid: child.pid ?? 0,
    said: () => said,
    ended,
    alive,
    ready: async () => {
      const line = await until(
        'The ready line',
        async () => {
          if (child.exitCode !== null) return '';
          return said.split('\n').find((one) => one.startsWith('{"ready":true'));
        },
        { timeoutMs: 120_000 },
      );
      if (line === '') throw new Error(`The run ended before it was ready: ${said}`);
      return JSON.parse(line) as Awaited<ReturnType<StartedRun['ready']>>;
    },
    nothingLeft: async () =>
      void (await until(
        'The end of every process',
        async () => ((await alive()).length === 0 ? true : undefined),
        { timeoutMs: 20_000 },
      )),
  };
};
