import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callSubject } from '@earshot/contracts';
import { connectToNats } from '@earshot/event-log';
import { jetstream } from '@nats-io/jetstream';
import { until } from '@earshot/processes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRun, type StartedRun } from './started-run.ts';

const script = fileURLToPath(new URL('../../infra/local/call/call.ts', import.meta.url));
let dataDir: string;
let run: StartedRun;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot call '));
  // The folder is open to its owner only, as one below root's home.
  run = startRun({ EARSHOT_DATA: dataDir });
  await run.ready();
});
afterAll(async () => {
  process.kill(run.pid, 'SIGTERM');
  await run.ended;
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** What `npm run call` runs, on the data folder of the run; gives the exit code and what a person reads. */
const call = (args: readonly string[], data = dataDir) =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const { NATS_URL: _, ...env } = process.env;
    execFile(
      process.execPath,
      [script, ...args],
      { env: { ...env, EARSHOT_DATA: data } },
      (error, out, problems) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: `${out}${problems}` });
      },
    );
  });
const address = async (): Promise<string> =>
  (JSON.parse(await readFile(join(dataDir, 'addresses.json'), 'utf8')) as { log: string }).log;
const lastId = async (): Promise<string> => /^Call (\S+):/.exec((await call(['--last'])).said)?.[1] ?? '';

it('the call of the story is told: what happened, who decided it and why, and what was ignored by name', async () => {
  const { code, said } = await call(['--last']);
  expect(code).toBe(0);
  for (const told of [
    'inbound, from …01 to …00, line Support',
    '3 the caller agrees to the recording',
    'recording is allowed: the caller agreed',
    'changes to whisper',
    'the call is over: completed',
    'supervision ignores conversation-changed: nobody supervises',
  ])
    expect(said).toContain(told);
  expect(said).toMatch(
    /↳ recording-consent, message \d+: ConsentChosen; because of KeyPressed in message \d+ of signaling/,
  );
  expect(said).toMatch(
    /↳ supervision, message \d+: SupervisionModeChanged, TopologyChanged; because of KeyPressed in message \d+ of signaling/,
  );
  for (const personal of ['+41795551001', 'Olivia', 'Benjamin']) expect(said).not.toContain(personal);
});

it('numbers and names are told to whom asks for them', async () => {
  const { said } = await call([await lastId(), '--show-personal']);
  for (const personal of ['+41795551001', 'Olivia', 'Benjamin']) expect(said).toContain(personal);
});

it('as JSON it is one object a line, in the order of the log', async () => {
  const { said } = await call(['--last', '--json']);
  const entries = said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; sequence: number });
  expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['commit', 'ignored']));
  const sequences = entries.filter(({ kind }) => kind === 'commit').map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  expect(said).not.toContain('+41795551001');
});

it('a commit that cannot be read, and who gave up on it, are told', async () => {
  const callId = await lastId();
  await using connection = await adminConnection();
  await jetstream(connection.nats).publish(callSubject(callId, 'signaling'), 'not a commit');
  const said = await until(
    'The dead letter',
    async () => {
      const told = (await call([callId])).said;
      return told.includes('gave up on message') ? told : undefined;
    },
    { timeoutMs: 30_000, everyMs: 200 },
  );
  expect(said).toMatch(/! message \d+ cannot be read: The message is not JSON/);
});

it('what happens later is told to whom follows the call', async () => {
  const callId = await lastId();
  const follower = spawn(process.execPath, [script, callId, '--follow'], {
    env: { ...process.env, EARSHOT_DATA: dataDir },
  });
  const ended = new Promise((resolve) => follower.once('close', resolve));
  let said = '';
  follower.stdout.on('data', (data: Buffer) => (said += data.toString('utf8')));
  const has = (text: string) =>
    until(text, async () => said.includes(text) || undefined, { timeoutMs: 30_000 });
  await has('the call is over');
  await using connection = await adminConnection();
  const { seq } = await jetstream(connection.nats).publish(callSubject(callId, 'supervision'), 'nor is this');
  await has(`! message ${seq} cannot be read`);
  follower.kill('SIGINT');
  expect(await ended).toBe(0);
});

it('who asks amiss is told what to do', async () => {
  const nowhere = join(dataDir, 'nowhere');
  const nothing = await call(['--last'], nowhere);
  expect(nothing).toEqual({
    code: 1,
    said: expect.stringContaining(`No Earshot runs on the data folder ${nowhere}: start it with npm start`),
  });
  const unknown = '01900000-0000-7000-8000-000000000001';
  expect(await call([unknown])).toEqual({
    code: 1,
    said: `The log holds no call ${unknown}: check the id; --last takes the newest call.\n`,
  });
  expect((await call(['1004'])).said).toMatch(
    /^"1004" is no id of a call: an id looks like .*--last takes the newest call\.\n$/,
  );
  expect((await call([])).said).toMatch(/^Name one call by its id, or --last\.\n\nnpm run call/);
  expect((await call(['--last', '--nats', 'nats://127.0.0.1:1'])).said).toMatch(
    /^The log at 127\.0\.0\.1:1 does not answer \(.+\): start Earshot with npm start/,
  );
});

it('the address of the log, with its login, is for its owner only, and is gone with the run', async () => {
  expect((await stat(join(dataDir, 'addresses.json'))).mode & 0o777).toBe(0o600);
  const other = await mkdtemp(join(tmpdir(), 'earshot-call-'));
  const short = startRun({ EARSHOT_DATA: other }, ['--no-story']);
  await short.ready();
  expect((await call(['--last'], other)).said).toBe('The log holds no call yet: make one, then ask again.\n');
  process.kill(short.pid, 'SIGTERM');
  await short.ended;
  expect((await call(['--last'], other)).said).toMatch(/^No Earshot runs on the data folder/);
  await rm(other, { recursive: true, force: true, maxRetries: 5 });
});

const adminConnection = async () => {
  const nats = await connectToNats({ url: await address(), name: 'test' });
  return { nats, [Symbol.asyncDispose]: () => nats.close() };
};
