import { testNats } from '@earshot/testkit/nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wayTo, type CuttableWay } from '../fixtures/cuttable-server.ts';
import { keyPressed, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import { connectToNats, createStreams, openEventLog, type EventLog } from '../index.ts';
import { linkOf } from './link.ts';

// What the client sends on a connection that is lost is lost with it. A request that waits for its timeout then makes a
// service one or two seconds late after each restart of the server.
const running = new AsyncDisposableStack();
let way: CuttableWay;
let here: EventLog;
let elsewhere: EventLog;
let isUp: () => boolean;

beforeAll(async () => {
  const nats = running.use(await testNats());
  const connect = async (url: string) =>
    running.adopt(await connectToNats({ url, name: 'test' }), (open) => open.close());
  const far = await connect(nats.url);
  await createStreams(far);
  way = running.use(await wayTo(Number(new URL(nats.url).port)));
  const near = await connect(`nats://127.0.0.1:${way.port}`);
  isUp = () => linkOf(near).isUp;
  here = running.use(openEventLog({ connection: near, tenant: 'test' }));
  elsewhere = running.use(openEventLog({ connection: far, tenant: 'test' }));
}, 60_000);
afterAll(() => running.disposeAsync());

const until = async (condition: () => boolean) => {
  while (!condition())
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
};

const cut = async () => {
  way.cut();
  await until(() => !isUp());
};

test('a call that is asked for while the connection is away is there as soon as it is back', async () => {
  const call = numberedCall(1);
  await signalingOn(elsewhere)(call, keyPressed(call, '1'));
  await cut();
  const loading = here.load(call);
  way.mend();
  expect(await loading).toHaveLength(1);
});

test('what was asked for when the connection went is asked again on the next one', async () => {
  const call = numberedCall(2);
  await signalingOn(elsewhere)(call, keyPressed(call, '1'));
  const loading = here.load(call);
  way.cut();
  await until(() => !isUp());
  way.mend();
  expect(await loading).toHaveLength(1);
});

test('a commit that was sent when the connection went is stored once', async () => {
  const call = numberedCall(3);
  const say = signalingOn(here)(call, keyPressed(call, '1'));
  await cut();
  way.mend();
  const { sequence } = await say;
  expect((await here.load(call)).map((commit) => commit.sequence)).toEqual([sequence]);
});

test('a follower gets what was stored while its connection was away, in order and once', async () => {
  const abort = new AbortController();
  const after = await here.lastSequence();
  const taken: number[] = [];
  const follow = async () => {
    for await (const { sequence } of here.follow({ after, signal: abort.signal })) taken.push(sequence);
  };
  const following = follow();
  const call = numberedCall(4);
  const say = signalingOn(elsewhere);
  const stored: number[] = [];
  const press = async () => {
    stored.push((await say(call, keyPressed(call, '1'))).sequence);
  };
  for (let round = 0; round < 5; round += 1) {
    await press();
    await cut();
    await press();
    way.mend();
    await press();
    await until(isUp);
  }
  await until(() => taken.length >= stored.length);
  expect(taken).toEqual(stored);
  abort.abort();
  await following;
});
