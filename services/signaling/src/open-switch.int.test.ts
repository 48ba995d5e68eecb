import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStore } from '@earshot/event-log';
import { createHttpServer, createLogger, readConfig } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import { signalingConfig } from './config.ts';
import { openSwitch } from './open-switch.ts';

const token = 'correct-horse-battery';
const logger = createLogger({ service: 'signaling', instance: 'test', level: 'silent' });
const open = async (env: Readonly<Record<string, string>>) => {
  const { config } = readConfig(signalingConfig, env);
  const server = await createHttpServer({
    name: 'signaling',
    version: '0',
    logger,
    ready: () => true,
    token,
  });
  return {
    server,
    theSwitch: await openSwitch(config, server, await openMemoryStore().connect().settings.view()),
  };
};

it('a real switch is not worked with while nobody said its password', async () => {
  await expect(open({ SWITCH: 'asterisk' })).rejects.toThrow(
    'SWITCH_PASSWORD is missing: the real switch asks for the password of SWITCH_USER.',
  );
  await using opened = (await open({ SWITCH: 'asterisk', SWITCH_PASSWORD: 'said' })).theSwitch;
  expect(opened.description.simulated).toBe(false);
});

it('what the simulated switch records is for the owner only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-recordings-'));
  const recordings = join(folder, 'made');
  const { theSwitch, server } = await open({ SWITCH: 'simulated', RECORDINGS_DIR: recordings });
  await theSwitch.start(() => {});
  const dial = {
    method: 'POST',
    url: '/simulated/phones/+41795551001/dial',
    headers: { authorization: `Bearer ${token}` },
    payload: { to: '1004' },
  } as const;
  const { handle } = (await server.inject(dial)).json<{ handle: string }>();
  for (const operation of [
    { op: 'answer', leg: handle },
    { op: 'make-bridge', bridge: 'b1' },
    { op: 'place', participant: handle, bridge: 'b1', keys: 'passed' },
    { op: 'start-recorder', recordingId: 'r1', bridge: 'b1' },
    { op: 'stop-recorder', recordingId: 'r1' },
  ] as const)
    expect(await theSwitch.perform(operation)).toEqual({ outcome: 'done' });
  await expect.poll(() => readdir(recordings)).toEqual(['r1.simulated.txt']);
  const rights = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  expect([await rights(recordings), await rights(join(recordings, 'r1.simulated.txt'))]).toEqual([
    '700',
    '600',
  ]);
  await theSwitch[Symbol.asyncDispose]();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
