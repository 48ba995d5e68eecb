import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '@earshot/processes';

const here = import.meta.dirname;
let checkout: string;

// As much of a fresh checkout as runs before anything is installed.
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'earshot-first-start-'));
  mkdirSync(join(checkout, 'infra', 'local'), { recursive: true });
  for (const file of ['bootstrap.mjs', 'install.mjs'])
    cpSync(join(here, file), join(checkout, 'infra', 'local', file));
  writeFileSync(join(checkout, 'package.json'), '{ "packageManager": "pnpm@12.21.0" }');
  mkdirSync(join(checkout, 'bin'));
  symlinkSync(process.execPath, join(checkout, 'bin', 'node'));
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** Starts in the fresh checkout; gives the exit code and what a person reads. */
const start = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ code: number | null; said: string }>((resolve) => {
    const child = spawn(
      process.execPath,
      [...args, join(checkout, 'infra', 'local', 'bootstrap.mjs'), 'start'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', HOME: checkout, ...env },
      },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (said += data.toString('utf8')));
    child.once('close', (code) => resolve({ code, said: said.trim() }));
  });

it('a Node.js that is too old is told in one sentence', async () => {
  const old = join(checkout, 'old.mjs');
  writeFileSync(
    old,
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.19.0" } });',
  );
  expect(await start(['--import', old])).toEqual({
    code: 1,
    said: 'Node.js 18.19.0 is too old to start with: install version 20 or later.',
  });
});

it('an old Node.js can read the file that tells it so', () => {
  const text = readFileSync(join(here, 'bootstrap.mjs'), 'utf8');
  const imports = [...text.matchAll(/^import \{ (.*) \} from '(.*)';$/gm)].map(
    ([, names, from]) => `${from}: ${names}`,
  );
  expect(imports).toEqual([
    'node:child_process: spawn',
    'node:fs: existsSync, mkdirSync',
    'node:os: constants',
    'node:path: delimiter, join',
    'node:url: fileURLToPath',
  ]);
  expect(text).not.toMatch(/\?\?|\?\.\w/);
});

it('a machine without npm is told what to install', async () => {
  expect(await start([], { PATH: join(checkout, 'bin') })).toEqual({
    code: 1,
    said: 'npm was not found: install it (on Debian: apt-get install npm), then start again.',
  });
});

it('a package registry that cannot be reached is named as the reason', async () => {
  const { code, said } = await start([], {
    npm_config_registry: `http://127.0.0.1:${await freePort()}/`,
    npm_config_fetch_retries: '0',
    npm_config_cache: join(checkout, 'npm-cache'),
  });
  expect(code).toBe(1);
  expect(said).toMatch(
    /Fetching pnpm [\d.]+ failed: the package registry cannot be reached: check the network, the proxy and npm's setting "registry"; then start again/,
  );
});
