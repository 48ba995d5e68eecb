import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  UnreadableCommitError,
  callSubject,
  eventTypes,
  eventsOf,
  newestVersion,
  readCommit,
  asStored,
  upcasters,
  writeCommit,
  writers,
  type EventType,
  type NewEvent,
  type StoredEvent,
  type Writer,
} from './index.ts';

const folder = new URL('./golden/', import.meta.url);
const golden = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .toSorted();
const read = (name: string): StoredEvent =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as StoredEvent;

const callId = '01936f0a-5d3c-7a61-8f27-3f6f0c9d2b11';
const at = '2026-11-21T09:30:00.120Z';
const causation = { source: 'SWITCH', id: 'report-1', sequence: null } as const;
const messageOf = (event: object, writer: Writer = 'signaling') => ({
  subject: callSubject(callId, writer),
  sequence: 5,
  data: new TextEncoder().encode(
    JSON.stringify({ id: 'c', callId, tenant: 'demo', recordedAt: at, causation, events: [event] }),
  ),
});
const key = (data: object): NewEvent =>
  ({ type: 'KeyPressed', occurredAt: at, actor: { kind: 'switch' }, data }) as NewEvent;

test('a log holds no version of an event without a golden file that shows it', () => {
  const expected = eventTypes.flatMap((type) =>
    Array.from({ length: newestVersion(type) }, (_, version) => `${type}.v${version + 1}.json`),
  );
  expect(golden).toEqual(expected.toSorted());
});

test.each(golden)('%s, as an old log may hold it, is read as the newest version', (name) => {
  const stored = read(name);
  expect(name).toBe(`${stored.type}.v${stored.version}.json`);
  const writer = writers.find((one) => stored.type in eventsOf[one]) ?? 'signaling';
  const [event] = readCommit(messageOf(stored, writer)).events;
  expect(event).toMatchObject({ type: stored.type, callId, tenant: 'demo', writer, sequence: 5, index: 0 });
  // What was read is what would be written today, so it is at the newest version; an unchanged type is read as it was written.
  const commit = {
    ...{ id: 'c', writer, callId, tenant: 'demo', recordedAt: at, causation },
    events: [event as NewEvent],
  };
  const written = writeCommit(commit);
  const subject = callSubject(callId, writer);
  expect(asStored(commit, 6)).toStrictEqual(readCommit({ subject, sequence: 6, data: written }));
  expect(JSON.parse(new TextDecoder().decode(written)).events[0].version).toBe(
    newestVersion(stored.type as EventType),
  );
  if (!upcasters[stored.type as EventType]) expect(event?.data).toEqual(stored.data);
});

test('each event type has one writer', () => {
  const all = writers.flatMap((writer) => Object.keys(eventsOf[writer]));
  expect(new Set(all).size).toBe(all.length);
  expect([...all].toSorted()).toEqual([...eventTypes].toSorted());
});

test('an event stored by another than its writer is refused when written and when read', () => {
  const stored = read('RecordingAllowed.v1.json');
  const event = { ...stored, type: 'RecordingAllowed' } as NewEvent;
  for (const writer of ['signaling', 'supervision'] as const) {
    const refusal = `RecordingAllowed is not written by ${writer}`;
    expect(() =>
      writeCommit({
        id: 'c',
        writer,
        callId,
        tenant: 'demo',
        recordedAt: at,
        causation,
        events: [key({ legId: 'l', key: '3', awaitedBy: null, windowId: null }), event],
      }),
    ).toThrow(writer === 'signaling' ? new TypeError(refusal) : TypeError);
    expect(() => readCommit(messageOf(stored, writer))).toThrow(new UnreadableCommitError(refusal));
  }
  expect(readCommit(messageOf(stored, 'recording-consent')).events).toHaveLength(1);
});

test('an event of a newer program with an unknown type is handed on as it is', () => {
  const [event] = readCommit(
    messageOf({
      id: 'c/0',
      type: 'CallTeleported',
      version: 3,
      occurredAt: at,
      actor: { kind: 'switch' },
      data: { far: true },
    }),
  ).events;
  expect(event).toMatchObject({ type: 'CallTeleported', data: { far: true } });
});

test('a newer version of a known event is not guessed at', () => {
  const newer = { ...read('KeyPressed.v1.json'), version: newestVersion('KeyPressed') + 1 };
  expect(() => readCommit(messageOf(newer))).toThrow(/KeyPressed: version/);
});

test.each([
  ['data that its schema does not allow', { legId: 7 }],
  ['a key that no phone has', { legId: 'l', key: 'x', awaitedBy: null, windowId: null }],
])('%s is refused when written and when read', (_, data) => {
  expect(() =>
    writeCommit({
      id: 'c',
      writer: 'signaling',
      callId,
      tenant: 'demo',
      recordedAt: at,
      causation,
      events: [key(data)],
    }),
  ).toThrow(TypeError);
  expect(() => readCommit(messageOf({ ...read('KeyPressed.v1.json'), data }))).toThrow(/KeyPressed/);
});

test('a refusal says where the data is wrong, never what it says', () => {
  const wrong = { direction: 'inbound', line: null, from: '+41791112233', to: 41445556677 };
  const event = { ...key(wrong), type: 'CallStarted' } as NewEvent;
  const write = () =>
    writeCommit({
      id: 'c',
      writer: 'signaling',
      callId,
      tenant: 'demo',
      recordedAt: at,
      causation,
      events: [event],
    });
  expect(write).toThrow(/CallStarted: \/to/);
  expect(write).not.toThrow(/4179|4144/);
});

test.each([
  ['text', 'calls.0.1.x.signaling', 'no json'],
  [
    'the call of another subject',
    callSubject('01936f0a-5d3c-7a61-8f27-000000000000', 'signaling'),
    undefined,
  ],
  ["a switch that is not the call's", callSubject(callId, 'signaling').replace('.2657.', '.0.'), undefined],
  [
    'a subject of before the switch stood in it',
    callSubject(callId, 'signaling').replace('.2657.', '.'),
    undefined,
  ],
  ["a partition that is not the call's", `calls.2657.99.${callId}.signaling`, undefined],
])('a message with %s is no commit', (_, subject, text) => {
  const message = { ...messageOf(read('KeyPressed.v1.json')), subject };
  expect(() =>
    readCommit(text === undefined ? message : { ...message, data: new TextEncoder().encode(text) }),
  ).toThrow(UnreadableCommitError);
});
