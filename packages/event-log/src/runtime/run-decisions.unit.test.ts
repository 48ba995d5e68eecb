import type { CallEvent } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { callEnded, keyPressed, keyService, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import {
  openMemoryStore,
  runDecisions,
  type Alarm,
  type IgnoredInput,
  type MemoryProcess,
} from '../index.ts';

const silent = { alarm: () => {} };
const decisionsOn = (process: MemoryProcess, alarm: (alarm: Alarm) => void = () => {}) =>
  runDecisions({
    service: keyService,
    log: process.log,
    coordination: process.coordination,
    owner: 'one',
    alarm,
  });

const answersOf = async (process: MemoryProcess, call: string) =>
  (await process.log.load(call, ['recording-consent'])).flatMap((commit) => commit.events);
const causes = (events: readonly CallEvent[]) => events.map((event) => event.causation.sequence);

const until = async (condition: () => boolean | Promise<boolean>) => {
  for (let i = 0; i < 1000; i += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('It did not come about');
};

test('every key of a call is answered once, in order, with the key as its cause', async () => {
  const process = openMemoryStore().connect();
  const say = signalingOn(process.log);
  await using _ = await decisionsOn(process);
  const call = numberedCall(1);
  const keys = [
    await say(call, keyPressed(call, '1')),
    await say(call, keyPressed(call, '2')),
    await say(call, keyPressed(call, '3')),
  ];
  await until(async () => (await answersOf(process, call)).length === 3);
  expect(causes(await answersOf(process, call))).toEqual(keys.map(({ sequence }) => sequence));
});

test('several keys in one commit lead to as many decisions', async () => {
  const process = openMemoryStore().connect();
  const call = numberedCall(2);
  await signalingOn(process.log)(call, keyPressed(call, '1'), keyPressed(call, '2'));
  await using _ = await decisionsOn(process);
  const answers = await answersOf(process, call);
  expect(answers.map((event) => event.type === 'ConsentChosen' && event.data.key)).toEqual(['1', '2']);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(2);
});

test('an input that nothing follows from is told by name, with its cause and without its content', async () => {
  const process = openMemoryStore().connect();
  const call = numberedCall(1);
  const say = signalingOn(process.log);
  const masked = await say(call, keyPressed(call, null));
  await say(call, keyPressed(call, '7'));
  const told: IgnoredInput[] = [];
  const { log, coordination } = process;
  await using _ = await runDecisions({
    service: keyService,
    log,
    coordination,
    onIgnored: (ignored) => told.push(ignored),
  });
  const cause = { cause: masked.events[0]?.id, sequence: masked.sequence };
  expect(told).toEqual([
    { service: 'recording-consent', callId: call, input: 'key', because: 'masked_key', ...cause },
  ]);
});

test('what stood in the log before the start is handled when the start is over', async () => {
  const process = openMemoryStore().connect();
  const say = signalingOn(process.log);
  for (let n = 0; n < 50; n += 1) await say(numberedCall(n), keyPressed(numberedCall(n), '3'));
  await using running = await decisionsOn(process);
  for (let n = 0; n < 50; n += 1) expect(await answersOf(process, numberedCall(n))).toHaveLength(1);
  expect(running.liveCalls()).toHaveLength(50);
});

test('a restart decides nothing twice and knows the calls that are not over', async () => {
  const memory = openMemoryStore();
  const first = memory.connect();
  const say = signalingOn(first.log);
  const running = await decisionsOn(first);
  for (let n = 0; n < 20; n += 1) await say(numberedCall(n), keyPressed(numberedCall(n), '3'));
  for (let n = 0; n < 10; n += 1) await say(numberedCall(n), callEnded);
  await until(() => running.liveCalls().length === 10);
  await running[Symbol.asyncDispose]();
  const stored = memory.store.calls.messages.length;
  await using again = await decisionsOn(memory.connect());
  expect(memory.store.calls.messages).toHaveLength(stored);
  expect(
    again
      .liveCalls()
      .map(({ callId }) => callId)
      .toSorted(),
  ).toEqual(Array.from({ length: 10 }, (_, n) => numberedCall(n + 10)));
});

test('a restart without any checkpoint replays everything and decides nothing twice', async () => {
  const memory = openMemoryStore();
  const first = memory.connect();
  const call = numberedCall(1);
  const say = signalingOn(first.log);
  for (const key of ['1', '2', '3']) await say(call, keyPressed(call, key));
  await (await decisionsOn(first))[Symbol.asyncDispose]();
  memory.store.checkpoints.clear();
  await using _ = await decisionsOn(memory.connect());
  expect(await answersOf(first, call)).toHaveLength(3);
});

test('a decision that breaks becomes a dead letter with an alarm, and the other calls of the partition go on', async () => {
  const memory = openMemoryStore();
  const process = memory.connect();
  const alarms: Alarm[] = [];
  const [bad, good] = [numberedCall(1), numberedCall(2)];
  const say = signalingOn(process.log);
  const broken = await say(bad, keyPressed(bad, '#'));
  await say(good, keyPressed(good, '3'));
  await say(bad, keyPressed(bad, '3'));
  await using _ = await decisionsOn(process, (alarm) => {
    alarms.push(alarm);
  });
  expect(memory.store.deadLetters).toMatchObject([
    { service: 'recording-consent', stream: 'CALLS', sequence: broken.sequence, callId: bad },
  ]);
  expect(alarms).toHaveLength(1);
  expect(await answersOf(process, good)).toHaveLength(1);
  expect(await answersOf(process, bad)).toHaveLength(1);
});

test('an outside cause is decided once, however often it comes', async () => {
  const process = openMemoryStore().connect();
  await using running = await decisionsOn(process);
  const call = numberedCall(1);
  const cause = { source: 'API', id: 'request-1' } as const;
  const decisions = await Promise.all(
    [1, 2, 3].map(() => running.decide(call, { type: 'note', setting: 'never' }, cause)),
  );
  expect(decisions.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(await answersOf(process, call)).toHaveLength(1);
  expect((await running.stateOf(call)).notes).toBe(1);
});

test('two processes share the partitions, and the other one goes on when one is killed', async () => {
  const memory = openMemoryStore();
  const [switchSide, a, b] = [memory.connect(), memory.connect(), memory.connect()];
  const first = await runDecisions({
    service: keyService,
    log: a.log,
    coordination: a.coordination,
    owner: 'a',
    ...silent,
  });
  await using second = await runDecisions({
    service: keyService,
    log: b.log,
    coordination: b.coordination,
    owner: 'b',
    ...silent,
  });
  const say = signalingOn(switchSide.log);
  for (let n = 0; n < 40; n += 1) await say(numberedCall(n), keyPressed(numberedCall(n), '1'));
  await until(() => first.liveCalls().length + second.liveCalls().length === 40);
  expect(first.liveCalls().length).toBeGreaterThan(0);
  expect(second.liveCalls().length).toBeGreaterThan(0);
  a.kill();
  for (let n = 0; n < 40; n += 1) await say(numberedCall(n), keyPressed(numberedCall(n), '2'));
  memory.store.expireLeases();
  await until(() => second.liveCalls().length === 40);
  await until(() => second.liveCalls().every(({ state }) => state.choices === 2));
  for (let n = 0; n < 40; n += 1) expect(await answersOf(switchSide, numberedCall(n))).toHaveLength(2);
});

test('a master follows the calls of its switch and no others, and keeps them in memory while the leases are away', async () => {
  const memory = openMemoryStore();
  const process = memory.connect();
  const signal = new AbortController().signal;
  const mastership = await process.coordination.masterships.acquire({
    service: 'recording-consent',
    name: '7',
    owner: 'a',
    signal,
  });
  const say = signalingOn(process.log);
  const [mine, others] = [numberedCall(1, 7), numberedCall(1, 8)];
  for (const call of [mine, others]) await say(call, keyPressed(call, '1'));
  const run = () =>
    runDecisions({
      service: keyService,
      log: process.log,
      coordination: process.coordination,
      mastership,
      switch: 7,
      ...silent,
    });
  const running = await run();
  expect([(await answersOf(process, mine)).length, (await answersOf(process, others)).length]).toEqual([
    1, 0,
  ]);
  process.cutOff();
  memory.store.expireLeases();
  expect(mastership.holds()).toBe(false);
  await say(mine, keyPressed(mine, '2'));
  await until(() => running.liveCalls()[0]?.state.choices === 2);
  expect(running.liveCalls().map(({ callId }) => callId)).toEqual([mine]);
  await running[Symbol.asyncDispose]();
  expect([...memory.store.checkpoints.keys()].every((key) => key.startsWith('recording-consent.7.'))).toBe(
    true,
  );
  await using again = await run();
  expect(again.liveCalls()).toMatchObject([{ callId: mine, state: { choices: 2 } }]);
});

test('an outside cause about a call on another switch is decided from the log, and that call is not kept', async () => {
  const process = openMemoryStore().connect();
  const signal = new AbortController().signal;
  const mastership = await process.coordination.masterships.acquire({
    service: 'recording-consent',
    name: '7',
    owner: 'a',
    signal,
  });
  const { log, coordination } = process;
  await using running = await runDecisions({
    service: keyService,
    log,
    coordination,
    mastership,
    switch: 7,
    ...silent,
  });
  const other = numberedCall(1, 8);
  expect(
    await running.decide(other, { type: 'note', setting: 'never' }, { source: 'API', id: 'r' }),
  ).toMatchObject({ outcome: 'accepted' });
  expect(running.liveCalls()).toEqual([]);
  expect((await running.stateOf(other)).notes).toBe(1);
});

test('a service hears of every call that is kept in memory, when it was read from the log and when it is forgotten', async () => {
  const memory = openMemoryStore();
  const first = memory.connect();
  const say = signalingOn(first.log);
  await (await decisionsOn(first))[Symbol.asyncDispose]();
  for (let n = 0; n < 3; n += 1) await say(numberedCall(n), keyPressed(numberedCall(n), '3'));
  const kept = new Set<string>();
  const process = memory.connect();
  const running = await runDecisions({
    service: {
      ...keyService,
      onLoaded: (callId) => {
        kept.add(callId);
      },
      onForgotten: (callId) => {
        kept.delete(callId);
      },
    },
    log: process.log,
    coordination: process.coordination,
    owner: 'one',
    ...silent,
  });
  expect([...kept].toSorted()).toEqual([0, 1, 2].map((n) => numberedCall(n)));
  await running[Symbol.asyncDispose]();
  const again = memory.connect();
  const loaded = new Set<string>();
  await using _ = await runDecisions({
    service: {
      ...keyService,
      onLoaded: (callId) => {
        loaded.add(callId);
      },
    },
    log: again.log,
    coordination: again.coordination,
    owner: 'one',
    ...silent,
  });
  expect([...loaded].toSorted()).toEqual([0, 1, 2].map((n) => numberedCall(n)));
});
