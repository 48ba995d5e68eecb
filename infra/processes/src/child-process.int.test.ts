import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { spawnChild } from './child-process.ts';
import { watchParent } from './parent-death.ts';
import { until } from './until.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const here = import.meta.dirname;
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z';
  } catch {
    return false;
  }
};
const gone = (pid: number) =>
  until('the end of the process', async () => (alive(pid) ? undefined : true), { timeoutMs: 5000 });

describe('a program that the local run starts', () => {
  it('is told to stop and ends itself', async () => {
    const child = await spawnChild(
      process.execPath,
      ['-e', 'process.on("SIGTERM",()=>process.exit(0));setInterval(()=>{},1000);console.log("up")'],
      {
        name: 'polite',
        logFile: join(folder, 'polite.log'),
      },
    );
    await until(
      'the first line',
      async () => readFileSync(child.logFile, 'utf8').includes('up') || undefined,
      { timeoutMs: 5000 },
    );
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(child.running()).toBe(false);
  });

  it('is killed when it does not stop within its grace period', async () => {
    const child = await spawnChild(
      process.execPath,
      ['-e', 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000);console.log("up")'],
      {
        name: 'stubborn',
        logFile: join(folder, 'stubborn.log'),
        graceMs: 100,
      },
    );
    await until(
      'the first line',
      async () => readFileSync(child.logFile, 'utf8').includes('up') || undefined,
      { timeoutMs: 5000 },
    );
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('that ends too early is reported in a sentence with what it said last', async () => {
    const child = await spawnChild(
      process.execPath,
      ['-e', 'console.error("the port is taken");process.exit(3)'],
      {
        name: 'The server',
        logFile: join(folder, 'early.log'),
      },
    );
    await expect(child.whileRunning(new Promise(() => {}))).rejects.toThrow(
      /^The server ended with exit code 3 although.*\n {2}\| the port is taken$/s,
    );
  });

  it('that does not exist is reported by name', async () => {
    await expect(
      spawnChild(join(folder, 'no-such-program'), [], {
        name: 'The server',
        logFile: join(folder, 'none.log'),
      }).then((child) => child.whileRunning(new Promise(() => {}))),
    ).rejects.toThrow(/no-such-program/);
  });

  it('dies with its starter, even when the starter is killed', async () => {
    const starter = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { spawnChild } from ${JSON.stringify(join(here, 'child-process.ts'))};
      const child = await spawnChild('sleep', ['600'], { name: 'sleeper', logFile: ${JSON.stringify(join(folder, 'sleep.log'))} });
      console.log(child.pid);
    `,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = await new Promise<number>((resolve) =>
      starter.stdout.once('data', (line) => resolve(Number(line))),
    );
    expect(alive(pid)).toBe(true);
    starter.kill('SIGKILL');
    expect(await gone(pid)).toBe(true);
  });

  it('dies with its starter by a watchdog where the system offers no parent-death signal', async () => {
    const sleeper = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const pid = sleeper.pid as number;
    const watchdog = watchParent(pid, 'SIGKILL');
    expect(alive(pid)).toBe(true);
    watchdog.stdin?.end();
    expect(await gone(pid)).toBe(true);
  });
});
