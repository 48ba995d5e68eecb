import { callSubject, type CallId } from '@earshot/contracts';
import { aCall, tellTo, type CallScript } from '@earshot/testkit/events';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import {
  followCalls,
  isUnreadable,
  openMemoryStore,
  processTiming,
  type Alarm,
  type Checkpoint,
  type OpenMemoryStore,
  type Schedule,
} from '../index.ts';

const call = (n: number): CallScript => {
  const callId: CallId = `0199a1b2-0000-7000-8000-00000000000${n}`;
  return aCall({ callId }).inbound('support').queued();
};

/** Follows the calls of a store, and notes what is taken as `place:last digit of the call`. */
const follow = async (
  memory: OpenMemoryStore,
  { schedule = {}, take = () => {} }: { schedule?: Schedule; take?: (note: string) => void } = {},
) => {
  const { log, coordination } = memory.connect(schedule);
  const taken: string[] = [];
  const alarms: Alarm[] = [];
  const open = new Set<CallId>();
  let place = 0;
  const following = await followCalls({
    log,
    checkpoints: coordination.checkpoints,
    service: 'supervision',
    name: 'test',
    timing: processTiming,
    take: (message, callId) => {
      const note = `${message.sequence}:${callId?.slice(-1) ?? ''}`;
      taken.push(isUnreadable(message) ? `${note}!` : note);
      take(note);
      if (isUnreadable(message) || callId === null) return;
      if (message.events.some(({ type }) => type === 'CallEnded')) open.delete(callId);
      else open.add(callId);
    },
    reached: (sequence) => {
      place = sequence;
    },
    openCalls: () => open,
    alarm: (alarm) => void alarms.push(alarm),
  });
  return { following, taken, alarms, place: () => place };
};

const store = async (...calls: readonly CallScript[]) => {
  const memory = openMemoryStore();
  const tell = tellTo(memory.connect().log);
  for (const one of calls) await tell(one);
  return { memory, tell };
};

test('every message is taken once and in order, also one that is told twice', async () => {
  const { memory, tell } = await store(call(1));
  const { following, taken, place } = await follow(memory, { schedule: { deliveries: () => 2 } });
  expect(taken).toEqual(['1:1', '2:1']);
  await tell(call(2));
  await expect.poll(() => taken).toEqual(['1:1', '2:1', '3:2', '4:2']);
  expect(place()).toBe(4);
  await following[Symbol.asyncDispose]();
});

test('after a restart the open calls are read as far as the checkpoint, and everything else from there on', async () => {
  const { memory, tell } = await store(call(1), call(2), call(1).ends());
  const first = await follow(memory);
  await first.following[Symbol.asyncDispose]();
  expect(memory.store.checkpoints.get('supervision.test.0')).toMatchObject({
    sequence: 5,
    openCalls: [call(2).callId],
  });
  await tell(call(3));
  await tell(call(2).answeredBy('1004'));
  const { following, taken } = await follow(memory);
  expect(taken).toEqual(['3:2', '4:2', '6:3', '7:3', '8:2']);
  await following[Symbol.asyncDispose]();
});

test('a checkpoint of another process that is behind costs a replay, and one that cannot be true is not believed', async () => {
  const { memory } = await store(call(1), call(2));
  const keep = (checkpoint: Partial<Checkpoint>) =>
    memory.store.checkpoints.set('supervision.test.0', {
      sequence: 2,
      openCalls: [call(1).callId],
      log: memory.store.identity,
      ...checkpoint,
    });
  const everything = ['1:1', '2:1', '3:2', '4:2'];
  for (const checkpoint of [{}, { sequence: 99 }, { log: 'CALLS@another' }]) {
    keep(checkpoint);
    const { following, taken } = await follow(memory);
    expect(taken).toEqual(everything);
    await following[Symbol.asyncDispose]();
  }
});

test('what cannot be read is handed over, and what cannot be taken is told and does not stop the rest', async () => {
  const { memory } = await store(call(1));
  const data = new TextEncoder().encode('not a commit');
  memory.store.calls.add({
    subject: callSubject(call(1).callId, 'supervision'),
    id: '',
    data,
    trace: ROOT_CONTEXT,
  });
  await tellTo(memory.connect().log)(call(2));
  const { following, taken, alarms } = await follow(memory, {
    take: (note) => {
      if (note === '2:1') throw new Error('A defect');
    },
  });
  expect(taken).toEqual(['1:1', '2:1', '3:1!', '4:2', '5:2']);
  expect(alarms).toMatchObject([
    { what: 'a message could not be taken', sequence: 2, callId: call(1).callId },
  ]);
  await following[Symbol.asyncDispose]();
});

test('it ends before a message that only a newer program can read', async () => {
  const { memory } = await store(call(1));
  const { callId } = call(1);
  const at = '2026-11-21T09:00:00.000Z';
  const event = {
    id: 'n/0',
    type: 'KeyPressed',
    version: 99,
    occurredAt: at,
    actor: { kind: 'switch' },
    data: {},
  };
  const causation = { source: 'SWITCH', id: 'n', sequence: null };
  const commit = { id: 'n', callId, tenant: 'test', recordedAt: at, causation, events: [event] };
  const data = new TextEncoder().encode(JSON.stringify(commit));
  memory.store.calls.add({ subject: callSubject(callId, 'signaling'), id: '', data, trace: ROOT_CONTEXT });
  await expect(follow(memory)).rejects.toThrow(/KeyPressed of version 99 at place 3 .* Upgrade supervision/);
});

test('it is known as of when everything was taken, and no later once the log is away', async () => {
  const { memory } = await store(call(1));
  const begun = Date.now();
  let isAway = false;
  const process = memory.connect();
  const { log, coordination } = process;
  const following = await followCalls({
    log: {
      ...log,
      identity: () => log.identity(),
      read: (...args) => log.read(...args),
      load: (...args) => log.load(...args),
      append: (commit) => log.append(commit),
      follow: (options) => log.follow(options),
      lastSequence: () => (isAway ? new Promise<number>(() => {}) : log.lastSequence()),
      [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
    },
    checkpoints: coordination.checkpoints,
    service: 'supervision',
    name: 'test',
    timing: processTiming,
    take: () => {},
    reached: () => {},
    openCalls: () => [],
    alarm: () => {},
  });
  expect(following.asOf()).toBeGreaterThanOrEqual(begun);
  await following.ask();
  const last = following.asOf();
  expect(last).not.toBeNull();
  isAway = true;
  await new Promise((resolve) => {
    setTimeout(resolve, 700);
  });
  expect(following.asOf()).toBe(last);
  await following[Symbol.asyncDispose]();
});
