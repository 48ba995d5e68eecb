import { deadLettersStream, type CallId } from '@earshot/contracts';
import { testNats } from '@earshot/testkit/nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { callEnded, keyPressed, keyService, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import {
  connectToNats,
  ensureStreams,
  openEventLog,
  openCoordination,
  runDecisions,
  type EventLog,
} from '../index.ts';

const program = fileURLToPath(new URL('../fixtures/keys-process.ts', import.meta.url));

const setUp = async () => {
  const nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  await ensureStreams(connection);
  const log = openEventLog({ connection, tenant: 'test' });
  const stack = new AsyncDisposableStack();
  stack.use(nats);
  stack.defer(() => connection.close());
  stack.use(log);
  const run = (owner = 'one') =>
    runDecisions({
      service: keyService,
      log,
      coordination: openCoordination(connection),
      owner,
      alarm: () => {},
    });
  return { nats, connection, log, run, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

const start = async (url: string, owner: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [program, url, owner], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('The process ended early');
    }),
  ]);
  return child;
};

const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

const until = async (condition: () => Promise<boolean>, ms = 30_000) => {
  for (const end = performance.now() + ms; performance.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come about');
};

const callsUpTo = (count: number): readonly CallId[] =>
  Array.from({ length: count }, (_, n) => numberedCall(n));
const answers = async (log: EventLog, call: CallId) =>
  (await log.load(call, ['recording-consent'])).map(({ events }) => events[0]?.causation.sequence);
/** Every key that a call's signaling commits hold is answered once and in order. */
const allAnswered = async (log: EventLog, calls: readonly CallId[], keys: number) => {
  for (const call of calls) if ((await answers(log, call)).length !== keys) return false;
  return true;
};
const expectOnceInOrder = async (log: EventLog, calls: readonly CallId[], keys: number) => {
  for (const call of calls) {
    const asked = (await log.load(call, ['signaling'])).map(({ sequence }) => sequence);
    expect(asked).toHaveLength(keys);
    expect(await answers(log, call)).toEqual(asked);
  }
};

test('the NATS server is killed in the middle of traffic: nothing is lost, nothing is decided twice', async () => {
  await using on = await setUp();
  await using _ = await on.run();
  const calls = callsUpTo(60);
  const say = signalingOn(on.log);
  const traffic = Promise.all(
    calls.map(async (call) => {
      for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'])
        await say(call, keyPressed(call, key));
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 40));
  await on.nats.kill();
  await on.nats.restart();
  await traffic;
  await until(() => allAnswered(on.log, calls, 10));
  await expectOnceInOrder(on.log, calls, 10);
}, 60_000);

test('two processes of one service share the calls; one is killed, the other takes its part over; one stops cleanly, the next goes on', async () => {
  await using on = await setUp();
  const [a, b] = [await start(on.nats.url, 'a'), await start(on.nats.url, 'b')];
  try {
    const calls = callsUpTo(40);
    const say = signalingOn(on.log);
    for (const call of calls) await say(call, keyPressed(call, '1'));
    await until(() => allAnswered(on.log, calls, 1));
    await end(a, 'SIGKILL');
    const killed = performance.now();
    for (const call of calls) await say(call, keyPressed(call, '2'));
    await until(() => allAnswered(on.log, calls, 2));
    console.log(`taken over ${Math.round(performance.now() - killed)} ms after SIGKILL`);
    await end(b, 'SIGTERM');
    for (const call of calls) await say(call, keyPressed(call, '3'));
    const stopped = performance.now();
    const c = await start(on.nats.url, 'c');
    try {
      await until(() => allAnswered(on.log, calls, 3));
      console.log(
        `taken over ${Math.round(performance.now() - stopped)} ms after a clean stop, start of the process included`,
      );
    } finally {
      await end(c, 'SIGTERM');
    }
    await expectOnceInOrder(on.log, calls, 3);
  } finally {
    await end(a, 'SIGKILL');
    await end(b, 'SIGKILL');
  }
}, 60_000);

test('a restart goes on from the checkpoint: no decision is made twice, and the calls that run are known', async () => {
  await using on = await setUp();
  const calls = callsUpTo(50);
  const say = signalingOn(on.log);
  const first = await on.run();
  for (const call of calls) await say(call, keyPressed(call, '1'));
  for (const call of calls.slice(0, 20)) await say(call, callEnded);
  await until(async () => first.liveCalls().length === 30 && (await allAnswered(on.log, calls, 1)));
  await first[Symbol.asyncDispose]();
  const stood = await on.log.lastSequence();
  await using second = await on.run('another');
  expect(
    second
      .liveCalls()
      .map(({ callId }) => callId)
      .toSorted(),
  ).toEqual(calls.slice(20));
  expect(second.liveCalls().every(({ state }) => state.choices === 1 && state.keysSeen === 1)).toBe(true);
  expect(await on.log.lastSequence()).toBe(stood);
}, 60_000);

test('a decision that breaks is a dead letter, without data of the call, and the other calls go on', async () => {
  await using on = await setUp();
  const [bad, good] = [numberedCall(1), numberedCall(2)];
  const say = signalingOn(on.log);
  const { sequence } = await say(bad, keyPressed(bad, '#'));
  await say(good, keyPressed(good, '3'));
  await using _ = await on.run();
  const letter = await (
    await jetstreamManager(on.connection)
  ).streams.getMessage(deadLettersStream.name, { seq: 1 });
  expect(letter?.json()).toMatchObject({
    service: 'recording-consent',
    stream: 'CALLS',
    sequence,
    callId: bad,
  });
  expect(await answers(on.log, good)).toHaveLength(1);
}, 60_000);
