import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { connectToNats, ensureStreams, openEventLog, openSettingsLog } from '@earshot/event-log';
import { aCall, eventsOf, tellTo } from '@earshot/testkit/events';
import { testNats } from '@earshot/testkit/nats';
import { startServiceProcess } from '@earshot/testkit/service-process';
import { expect, it } from 'vitest';

const main = new URL('main.ts', import.meta.url);

it(
  'a supervised call goes on, and is decided on once, when the process is killed in the middle of it',
  { timeout: 60_000 },
  async () => {
    await using nats = await testNats({ users: true });
    await using opened = new AsyncDisposableStack();
    const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'test' }), (open) =>
      open.close(),
    );
    await ensureStreams(connection);
    const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
    const settings = opened.use(openSettingsLog({ connection, tenant: 'demo' }));
    const view = opened.use(await settings.view());
    for (const extension of ['1001', '1004'])
      await settings.put(
        'extensions',
        extension,
        { name: 'Somebody', outboundLineId: null },
        { actor: 'test' },
      );
    const members = (supervisor: boolean) => ({
      name: 'Support',
      members: [
        { extension: '1001', supervisor },
        { extension: '1004', supervisor: false },
      ],
    });
    await settings.put('ring-groups', 'support', members(true), { actor: 'test' });
    const env = { NATS_URL: nats.urlFor('supervision'), INSTANCE: 'supervision-1', PORT: '0' };

    const first = await startServiceProcess('supervision', main, env);
    expect(
      view
        .all('service-codes')
        .map(({ value }) => value.code)
        .toSorted(),
    ).toEqual(['*90', '*91', '*92']);
    const tell = tellTo(log);
    const spied = aCall().inbound('support').answeredBy('1004').dialsCode('1001', 'spy', '1004');
    await tell(spied);
    await eventsOf(log, spied.callId, 'supervision', 2);
    await first.kill();
    await first.stop();

    const whispered = spied.presses('1001', '1', 'supervision');
    await tell(whispered);
    const second = await startServiceProcess('supervision', main, env);
    await eventsOf(log, spied.callId, 'supervision', 4);
    await settings.put('ring-groups', 'support', members(false), { actor: 'test' });
    const events = await eventsOf(log, spied.callId, 'supervision', 6);
    expect(events.map(({ type }) => type)).toEqual([
      'SupervisionStarted',
      'TopologyChanged',
      'SupervisionModeChanged',
      'TopologyChanged',
      'SupervisionEnded',
      'TopologyChanged',
    ]);
    expect(events.at(-2)?.data).toMatchObject({ reason: 'permission_withdrawn' });
    expect(await second.stop()).toBe(0);
  },
);

it(
  'it is ready while the log can be reached, and says why when it cannot',
  { timeout: 120_000 },
  async () => {
    await using nats = await testNats({ users: true });
    const setUp = await connectToNats({ url: nats.url, name: 'set-up' });
    await ensureStreams(setUp);
    await setUp.close();
    await using service = await startServiceProcess('supervision', main, {
      NATS_URL: nats.urlFor('supervision'),
      INSTANCE: 'supervision-1',
      PORT: '0',
    });
    const readiness = async () => {
      const answer = await fetch(`${service.url}/health/ready`);
      return [answer.status, await answer.json()];
    };
    expect(await readiness()).toEqual([200, { status: 'ready' }]);
    await nats.kill();
    await expect
      .poll(readiness, { timeout: 30_000 })
      .toEqual([503, { status: 'not ready', reasons: ['NATS is away'] }]);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await nats.restart();
    await expect.poll(readiness, { timeout: 30_000 }).toEqual([200, { status: 'ready' }]);
  },
);

it(
  'a second process of the same INSTANCE ends with a sentence, and the first goes on deciding',
  { timeout: 60_000 },
  async () => {
    await using nats = await testNats({ users: true });
    await using opened = new AsyncDisposableStack();
    const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'test' }), (one) =>
      one.close(),
    );
    await ensureStreams(connection);
    const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
    const env = { NATS_URL: nats.urlFor('supervision'), INSTANCE: 'supervision-1', PORT: '0' };
    await using first = await startServiceProcess('supervision', main, env);
    const second = spawn(process.execPath, [fileURLToPath(main)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = text(second.stdout);
    expect((await once(second, 'exit'))[0]).toBe(1);
    expect(await said).toContain(
      '"msg":"Another living process of supervision is called supervision-1. Give each an INSTANCE of its own; ' +
        'the one that was there first goes on."',
    );
    const spied = aCall().inbound('support').answeredBy('1004').dialsCode('1001', 'spy', '1004');
    await tellTo(log)(spied);
    expect(await eventsOf(log, spied.callId, 'supervision', 1)).toHaveLength(1);
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
  },
);
