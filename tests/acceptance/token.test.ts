import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRun, type StartedRun } from './started-run.ts';

const script = fileURLToPath(new URL('../../infra/local/token.ts', import.meta.url));
let dataDir: string;
let run: StartedRun;
let ready: Awaited<ReturnType<StartedRun['ready']>>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-token-'));
  run = startRun({ EARSHOT_DATA: dataDir }, ['--no-story']);
  ready = await run.ready();
});
afterAll(async () => {
  process.kill(run.pid, 'SIGTERM');
  await run.ended;
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** What `npm run token` runs, on the data folder of the run; gives the exit code and what a person reads. */
const token = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const options = { env: { ...process.env, EARSHOT_DATA: dataDir, ...env } };
    execFile(process.execPath, [script, ...args], options, (error, out, problems) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: `${out}${problems}` });
    });
  });
const me = async (bearer: string): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await fetch(`${ready.api['signaling'] ?? ''}/me`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

it('a token is made by command, opens what its roles may do, and is revoked by command', async () => {
  const made = await token([
    'make',
    'wallboard',
    '--role',
    'supervisor',
    '--role',
    'auditor',
    '--extension',
    '1001',
  ]);
  expect(made.code).toBe(0);
  const [, text = '', id = ''] = /^(earshot_([0-9a-f]{12})_\S+)$/m.exec(made.said) ?? [];
  // The other services see a new token as soon as the log has told them.
  await expect.poll(async () => (await me(text)).status).toBe(200);
  expect(await me(text)).toMatchObject({
    status: 200,
    body: { name: 'wallboard', roles: ['supervisor', 'auditor'], extension: '1001' },
  });
  const listed = (await token(['list'])).said;
  expect(listed).toMatch(new RegExp(`^${id}  wallboard \\(1001\\) +supervisor, auditor +used 20`, 'm'));
  expect(listed).not.toContain(text);
  expect(await token(['revoke', id])).toEqual({ code: 0, said: `The token ${id} opens nothing any more.\n` });
  await expect.poll(async () => (await me(text)).status).toBe(401);
  expect((await token(['list'])).said).toMatch(new RegExp(`^${id} .*revoked 20`, 'm'));
});

it('what is wrong with the command is one sentence', async () => {
  expect(await token(['revoke', '0123456789ab'])).toEqual({
    code: 1,
    said: 'DELETE /api-tokens/0123456789ab was refused (404): There is no such API token.\n',
  });
  expect((await token(['make', 'x', '--role', 'owner'])).said).toContain(
    'roles.0 must be "admin", "supervisor"',
  );
  expect((await token(['make', 'x'])).said).toMatch(/^Say what its bearer may be, with --role\./);
  expect((await token(['steal'])).said).toMatch(/^There is no "steal": use make, list or revoke\./);
  const { token: olivia = '' } = ready.people['1004'] ?? {};
  expect((await token(['list'], { API_TOKEN: olivia })).said).toContain('The right tokens:read is missing');
  expect((await token(['list', '--api', 'http://127.0.0.1:1'], { API_TOKEN: 'x' })).said).toBe(
    'http://127.0.0.1:1 does not answer: is it running?\n',
  );
});

it('the people of the demo keep their tokens over a start, and the tokens are for their owner alone', async () => {
  const { people } = ready;
  expect((await me(people['1001']?.token ?? '')).body).toMatchObject({
    name: 'benjamin',
    roles: ['supervisor'],
  });
  process.kill(run.pid, 'SIGTERM');
  await run.ended;
  run = startRun({ EARSHOT_DATA: dataDir }, ['--no-story']);
  ready = await run.ready();
  expect(ready.people).toEqual(people);
  expect(run.said()).toContain(`${people['1001']?.token ?? ''}  Benjamin (1001), supervisor`);
});
