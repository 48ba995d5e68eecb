import {
  callSubject,
  callsStream,
  minimumServerVersion,
  olderCalls,
  partitionCount,
  partitionOf,
} from '@earshot/contracts';
import { testNats } from '@earshot/testkit/nats';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { numberedCall } from '../fixtures/keys-service.ts';
import { connectToNats, ensureStreams } from '../index.ts';
import { isNewEnough } from './connect.ts';
import { DirectReader } from './direct-reader.ts';

test('the streams are made once, and a second start finds them right', async () => {
  await using nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  await ensureStreams(connection);
  await ensureStreams(connection);
  const { config } = await (await jetstreamManager(connection)).streams.info(callsStream.name);
  expect(config).toMatchObject({
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    discard: 'new',
    storage: 'file',
    num_replicas: 1,
  });
  await connection.close();
});

test('a stream that differs from what the log relies on stops the start with a sentence that names the field', async () => {
  await using nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  await (
    await jetstreamManager(connection)
  ).streams.add({
    name: callsStream.name,
    subjects: [...callsStream.subjects],
    deny_delete: true,
    allow_direct: true,
  });
  await expect(ensureStreams(connection)).rejects.toThrow(/CALLS has discard "old", but Earshot needs "new"/);
  await connection.close();
});

test('a log of before the switch stood in its subjects stops the start with a sentence that says what to do', async () => {
  await using nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  await (await jetstreamManager(connection)).streams.add({ name: callsStream.name, subjects: [olderCalls] });
  await expect(ensureStreams(connection)).rejects.toThrow(
    /CALLS was made before the number of the switch stood in its subjects.* Start with an empty one/,
  );
  await connection.close();
});

test('the partition in a subject is the one that the server itself reckons', async () => {
  await using nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: 'P',
    subjects: ['p.*'],
    subject_transform: { src: 'p.*', dest: `p.{{partition(${partitionCount},1)}}.{{wildcard(1)}}` },
  });
  for (let n = 0; n < 300; n += 1) {
    const call = numberedCall(n * 7919);
    const { seq } = await jetstream(connection).publish(`p.${call}`);
    const stored = await manager.streams.getMessage('P', { seq });
    expect(stored?.subject).toBe(`p.${partitionOf(call)}.${call}`);
    expect(callSubject(call, 'signaling').split('.')[2]).toBe(stored?.subject.split('.')[1]);
  }
  await connection.close();
});

test('a server older than the log relies on is told from one that will do', () => {
  expect(isNewEnough(minimumServerVersion)).toBe(true);
  expect(['2.9.10', '2.11.99', '1.4.0', 'of unknown version'].some(isNewEnough)).toBe(false);
  expect(['2.12.1', '2.15.1-RC.1', '3.0.0'].every(isNewEnough)).toBe(true);
});

test('a page that the server cuts short by bytes is not taken for the last', async () => {
  await using nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'test' });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'BIG', subjects: ['big'], allow_direct: true });
  // More bytes than the server gives at once, which is what it lets wait for one client.
  const [count, bytes] = [80, 1_000_000];
  for (let n = 0; n < count; n += 1) await jetstream(connection).publish('big', new Uint8Array(bytes));
  await using reader = new DirectReader(connection, 'BIG');
  expect((await reader.page('big', 1)).isLast).toBe(false);
  expect(await reader.read('big')).toHaveLength(count);
  await connection.close();
});
