import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from './ports.ts';

const run = promisify(execFile);
const ports = new URL('ports.ts', import.meta.url).href;

/** What a process of its own is told that asks so often, while the others ask. */
const told = async (times: number): Promise<readonly number[]> => {
  const script = `
    const { freePort } = await import(${JSON.stringify(ports)});
    const told = await Promise.all(Array.from({ length: ${times} }, freePort));
    console.log(JSON.stringify(told));
    await new Promise((resolve) => setTimeout(resolve, 2000));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout) as number[];
};

test('no two processes are told the same port or its neighbour, however many ask at once', async () => {
  const all = (await Promise.all(Array.from({ length: 6 }, () => told(70)))).flat();
  expect(all).toHaveLength(420);
  expect(new Set(all.flatMap((port) => [port, port + 1])).size).toBe(2 * all.length);
});

test('a process is told no port twice, nor one that Linux gives to outgoing connections', async () => {
  const all = await Promise.all(Array.from({ length: 120 }, freePort));
  expect(new Set(all.flatMap((port) => [port, port + 1])).size).toBe(2 * all.length);
  for (const port of all) expect(port).toBeGreaterThan(60_999);
});
