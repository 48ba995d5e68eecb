import { callSubject, partitionOf, type CallId } from '@earshot/contracts';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { at, keyPressed, keyService, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import {
  ServiceTooOldError,
  openMemoryStore,
  runDecisions,
  type Alarm,
  type OpenMemoryStore,
  type UnreadableMessage,
} from '../index.ts';

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const put = (
  memory: OpenMemoryStore,
  call: CallId,
  data: Uint8Array,
  writer: 'signaling' | 'recording-consent' = 'signaling',
) => memory.store.calls.add({ subject: callSubject(call, writer), id: '', data, trace: ROOT_CONTEXT });

/** A key press as a program after this one may write it. */
const newerKey = (call: CallId) =>
  encode({
    id: 'n',
    callId: call,
    tenant: 'test',
    recordedAt: at,
    causation: { source: 'SWITCH', id: 'n', sequence: null },
    events: [
      { id: 'n/0', type: 'KeyPressed', version: 99, occurredAt: at, actor: { kind: 'switch' }, data: {} },
    ],
  });

const start = async (memory: OpenMemoryStore) => {
  const alarms: Alarm[] = [];
  const met: [CallId, number][] = [];
  const { log, coordination } = memory.connect();
  const service = {
    ...keyService,
    onUnreadable: (callId: CallId, { sequence }: UnreadableMessage) => {
      met.push([callId, sequence]);
    },
  };
  const alarm = (one: Alarm) => {
    alarms.push(one);
  };
  const running = await runDecisions({ service, log, coordination, owner: 'one', alarm });
  return { running, alarms, met };
};

const until = async (condition: () => boolean) => {
  for (let n = 0; n < 1000; n += 1) {
    if (condition()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  throw new Error('It did not come about');
};

const [call, other] = [numberedCall(1), numberedCall(2)];

test('an event of a newer version stops the service with a sentence, and what comes after it is left for the next program', async () => {
  const memory = openMemoryStore();
  const say = signalingOn(memory.connect().log);
  const { running, alarms } = await start(memory);
  await say(call, keyPressed(call, '1'));
  await until(() => running.liveCalls()[0]?.state.choices === 1);
  const { sequence } = put(memory, call, newerKey(call));
  await expect(running.failed).rejects.toThrow(ServiceTooOldError);
  await expect(running.failed).rejects.toThrow(
    `The log holds KeyPressed of version 99 at place ${sequence} of CALLS, and this recording-consent reads up to version 1. Upgrade`,
  );
  const left = await say(other, keyPressed(other, '1'));
  await expect(
    running.decide(call, { type: 'note', setting: 'never' }, { source: 'API', id: 'r' }),
  ).rejects.toThrow('no longer decides');
  await running[Symbol.asyncDispose]();
  expect(memory.store.deadLetters).toEqual([]);
  expect(alarms.map(({ what }) => what)).toContain('the log is too new for this program');
  const savedOf = (one: CallId) =>
    memory.store.checkpoints.get(`recording-consent.${partitionOf(one)}`)?.sequence ?? 0;
  expect(savedOf(call)).toBeLessThan(sequence);
  expect(savedOf(other)).toBeLessThan(left.sequence);
  expect(await memory.connect().log.load(other, ['recording-consent'])).toEqual([]);
});

test('a service that meets it at its start does not start', async () => {
  const memory = openMemoryStore();
  put(memory, call, newerKey(call));
  await expect(start(memory)).rejects.toThrow(
    'Upgrade recording-consent; it goes on at that place, nothing was passed over.',
  );
});

test('any other message that cannot be read is a dead letter with its place, the service is told, and its call goes on', async () => {
  const memory = openMemoryStore();
  const say = signalingOn(memory.connect().log);
  const { running, alarms, met } = await start(memory);
  await say(other, keyPressed(other, '1'));
  const { sequence } = put(memory, call, encode({ number: '+41791112233' }), 'recording-consent');
  await say(call, keyPressed(call, '1'));
  await until(
    () => running.liveCalls().length === 2 && running.liveCalls().every(({ state }) => state.choices === 1),
  );
  expect(met).toEqual([[call, sequence]]);
  expect(memory.store.deadLetters).toMatchObject([
    { stream: 'CALLS', sequence, callId: call, problem: expect.stringContaining('Commit:') },
  ]);
  expect(JSON.stringify([memory.store.deadLetters, alarms])).not.toContain('4179');
  await running[Symbol.asyncDispose]();
  const again = await start(memory);
  expect(again.met).toEqual([[call, sequence]]);
  await say(call, keyPressed(call, '2'));
  await until(() => again.running.liveCalls().find(({ callId }) => callId === call)?.state.choices === 2);
  await again.running[Symbol.asyncDispose]();
});

test('a message on a subject of no call is a dead letter too', async () => {
  const memory = openMemoryStore();
  memory.store.calls.add({
    subject: 'calls.0.99.junk.signaling',
    id: '',
    data: encode('x'),
    trace: ROOT_CONTEXT,
  });
  const { running } = await start(memory);
  expect(memory.store.deadLetters).toMatchObject([{ sequence: 1, callId: null }]);
  await running[Symbol.asyncDispose]();
});

test.each([
  ['beyond the end of the log', { sequence: 1_000_000_000, openCalls: [] }, /is not believed/],
  ['of another log', { sequence: 1, openCalls: [], log: 'CALLS@yesterday' }, /is not believed/],
])(
  'with checkpoints %s the log is read from its start, and every call is decided',
  async (_, forged, said) => {
    const memory = openMemoryStore();
    const say = signalingOn(memory.connect().log);
    for (const one of [call, other]) await say(one, keyPressed(one, '1'));
    const { identity } = memory.store;
    for (let partition = 0; partition < 32; partition += 1)
      memory.store.checkpoints.set(`recording-consent.${partition}`, { log: identity, ...forged });
    const { running, alarms } = await start(memory);
    expect(running.liveCalls().map(({ state }) => state.choices)).toEqual([1, 1]);
    expect(alarms.some(({ what }) => said.test(what))).toBe(true);
    await running[Symbol.asyncDispose]();
  },
);
