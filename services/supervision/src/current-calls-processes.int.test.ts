import type { CallId, CurrentCallsPage } from '@earshot/contracts';
import { connectToNats, ensureStreams, openEventLog, openSettingsLog } from '@earshot/event-log';
import { aCall, tellTo } from '@earshot/testkit/events';
import { testNats } from '@earshot/testkit/nats';
import { startServiceProcess } from '@earshot/testkit/service-process';
import { expect, it } from 'vitest';
import { openStream } from './current-calls/testing/stream-client.ts';

const main = new URL('main.ts', import.meta.url);
const token = 'correct-horse-battery-staple-and-more';
const authorized = { authorization: `Bearer ${token}` };

const call = (n: number) => {
  const callId: CallId = `0199a1b2-0000-7000-8000-00000000000${n}`;
  return aCall({ callId }).inbound('support').queued();
};

/** A NATS server, whoever tells calls on it, and processes of supervision. */
const openStage = async () => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats({ users: true }));
  const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'test' }), (open) =>
    open.close(),
  );
  await ensureStreams(connection);
  const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
  const settings = opened.use(openSettingsLog({ connection, tenant: 'demo' }));
  const everything = opened.move();
  return {
    nats,
    settings,
    tell: tellTo(log),
    start: (instance: string) =>
      startServiceProcess('supervision', main, {
        NATS_URL: nats.urlFor('supervision'),
        API_TOKEN: token,
        INSTANCE: instance,
        PORT: '0',
      }),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

const list = async (url: string): Promise<readonly string[]> => {
  const answer = await fetch(`${url}/calls`, { headers: authorized });
  if (!answer.ok) return [`${answer.status}`];
  const { calls } = (await answer.json()) as CurrentCallsPage;
  return calls.map((one) => JSON.stringify(one)).toSorted();
};

it(
  'a viewer whose process is killed goes on at another one, with nothing but what has happened since',
  { timeout: 120_000 },
  async () => {
    await using stage = await openStage();
    await using second = await stage.start('supervision-2');
    const first = await stage.start('supervision-1');
    await stage.tell(call(1));
    const cut = await openStream(first.url, authorized);
    await cut.until('The first call', () => cut.client.calls.size === 1);
    await first.kill();
    await cut.ended;
    await first.stop();
    await stage.tell(call(1).answeredBy('1004'));
    await stage.tell(call(2));
    await expect.poll(async () => (await list(second.url)).length).toBe(2);

    await using resumed = await openStream(second.url, authorized, cut.client);
    await resumed.until('What has happened since', () => resumed.client.calls.size === 2);
    expect(resumed.events.map(({ event }) => event)).toEqual(['changes']);
    expect(resumed.client.list()).toEqual(await list(second.url));

    await stage.tell(call(2).ends());
    await resumed.until('The end', () => resumed.client.calls.size === 1);
    const { ids } = resumed.client;
    expect(new Set(ids).size).toBe(ids.length);
    await using again = await stage.start('supervision-1');
    expect(await list(again.url)).toEqual(resumed.client.list());
  },
);

it(
  'the list is true after a restart of supervision from its checkpoint, and after one of NATS',
  { timeout: 120_000 },
  async () => {
    await using stage = await openStage();
    const first = await stage.start('supervision-1');
    await stage.tell(call(1).answeredBy('1004'));
    await stage.tell(call(2));
    await stage.tell(call(2).ends());
    await expect.poll(async () => (await list(first.url)).length).toBe(1);
    const before = await list(first.url);
    expect(await first.stop()).toBe(0);

    await stage.tell(call(3));
    await using again = await stage.start('supervision-1');
    expect(await list(again.url)).toEqual(expect.arrayContaining([...before]));
    expect(await list(again.url)).toHaveLength(2);

    await using stream = await openStream(again.url, authorized);
    await stream.until('The list', () => stream.client.calls.size === 2);
    await stage.nats.kill();
    await expect.poll(() => stream.events.at(-1)?.event, { timeout: 30_000 }).toBe('behind');
    expect(await list(again.url)).toEqual(['503']);
    await stage.nats.restart();
    await expect.poll(() => stream.events.at(-1)?.event, { timeout: 30_000 }).toBe('current');
    await stage.tell(call(3).ends());
    await stream.until('The end', () => stream.client.calls.size === 1);
    expect(stream.client.list()).toEqual(await list(again.url));
    expect(stream.events.map(({ event }) => event)).toEqual(['snapshot', 'behind', 'current', 'changes']);
  },
);
