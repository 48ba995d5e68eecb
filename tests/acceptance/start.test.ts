import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startRun, type StartedRun } from './started-run.ts';

let dataDir: string;
const started: StartedRun[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-start-'));
});
afterEach(async () => {
  for (const run of started.splice(0)) for (const { pid } of await run.alive()) process.kill(pid, 'SIGKILL');
});
afterAll(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));

const start = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): StartedRun => {
  const run = startRun({ EARSHOT_DATA: dataDir, ...env }, args);
  started.push(run);
  return run;
};

/** Files and folders of the data folder that others than their owner may use, with their rights. */
/** Rights of others on what lies in the data folder, and on itself, which PostgreSQL's user passes on its way. */
const [mayNotEven, mayNotLookInto] = [0o077, 0o066];
const openTo = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    [folder, ...all].map(async (path) => {
      // The servers remove and replace files while we look.
      const mode = await stat(path).then(
        (stats) => stats.mode & (path === folder ? mayNotLookInto : mayNotEven),
        () => 0,
      );
      return mode === 0 ? [] : [`${path} ${mode.toString(8)}`];
    }),
  );
  return found.flat();
};

it('without its token no API does anything but tell its health and show its page, and with the token of the ready line it does', async () => {
  const run = start({}, '--no-story');
  const {
    api,
    admin,
    export: { url: reporting },
  } = await run.ready();
  const urls: Readonly<Record<string, string>> = { ...api, reporting };
  const closed = [
    ['signaling', '/settings/lines'],
    ['signaling', '/settings/extensions/1004'],
    ['signaling', '/simulated/phones'],
    ['supervision', '/settings/service-codes'],
    ['recording-consent', '/settings/recording-policies'],
    ['reporting', '/projection'],
  ] as const;
  for (const [service, path] of closed) {
    const url = `${urls[service] ?? ''}${path}`;
    const refused = await fetch(url);
    expect([url, refused.status, refused.headers.get('content-type')]).toEqual([
      url,
      401,
      'application/problem+json',
    ]);
    expect((await fetch(url, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${admin.token}` } })).status).toBe(200);
  }
  const dial = await fetch(`${api['signaling'] ?? ''}/simulated/phones/1004/dial`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"to":"1005"}',
  });
  expect(dial.status).toBe(401);
  process.kill(run.pid, 'SIGINT');
  expect(await run.ended).toBe(0);
});

it('npm start plays the story, and what it prints leads to its row; a second one on the same data is refused; Ctrl-C leaves nothing', async () => {
  const run = start();
  const {
    export: { url, email, token },
  } = await run.ready();
  for (const said of ['simulated switch', 'Olivia', 'spy', 'whisper', 'barge', 'the recorder runs'])
    expect(run.said()).toContain(said);

  const printed = /curl -u '([^']+)' '([^']+)'/.exec(run.said());
  expect(printed?.[1]).toBe(`${email}/token:${token}`);
  expect(printed?.[2]).toContain(url);
  const answer = await fetch(printed?.[2] ?? '', {
    headers: { authorization: `Basic ${btoa(printed?.[1] ?? '')}` },
  });
  expect(await answer.json()).toMatchObject({
    count: 1,
    calls: [
      {
        completion_status: 'completed',
        call_recording_consent: 'opt_in',
        call_recording_consent_action: 'caller_opted_in',
        call_recording_consent_keypress: '3',
      },
    ],
  });

  expect(await openTo(dataDir)).toEqual([]);

  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said()).toMatch(
    /^Earshot runs already on \S+ \(process \d+\): end it first, or set EARSHOT_DATA to another folder\.$/m,
  );

  process.kill(run.pid, 'SIGINT');
  expect(await run.ended).toBe(0);
  await run.nothingLeft();
});

it('a port that is taken is named with what to do, and nothing is left', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const run = start({ LAB_EXPORT_PORT: String(port) });
  expect(await run.ended).toBe(1);
  expect(run.said()).toContain(
    `Port ${port} on loopback, wanted for reporting, is taken: end the program that uses it, or set LAB_EXPORT_PORT to another one`,
  );
  await run.nothingLeft();
  other.close();
});

it('when one part is killed the run says which, and nothing is left', async () => {
  for (const [part, name] of [
    ['supervision/src/main.ts', 'supervision'],
    ['nats-server', 'NATS'],
  ] as const) {
    const run = start({}, '--no-story');
    await run.ready();
    const victim = (await run.alive()).find(({ command }) => command.includes(part));
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(new RegExp(`^${name} was ended by SIGKILL although it should run`, 'm'));
    await run.nothingLeft();
  }
});

it('when the run itself is killed nothing is left, and the next start works on the same data', async () => {
  const run = start({}, '--no-story');
  await run.ready();
  process.kill(run.pid, 'SIGKILL');
  expect(await run.ended).toBe('SIGKILL');
  await run.nothingLeft();

  const next = start({}, '--no-story');
  await next.ready();
  process.kill(next.pid, 'SIGTERM');
  expect(await next.ended).toBe(0);
  await next.nothingLeft();
});
