import { testNats } from '@earshot/testkit/nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectToNats } from './connect.ts';
import { openCoordination } from './coordination.ts';
import { ensureStreams } from './set-up-streams.ts';

let nats: Awaited<ReturnType<typeof testNats>>;
beforeAll(async () => {
  nats = await testNats();
}, 60_000);
afterAll(() => nats[Symbol.asyncDispose]());

it('a mark is known to whoever comes after the process that left it, and is of one service and name', async () => {
  const processOf = async () => {
    const connection = await connectToNats({ url: nats.url, name: 'mark' });
    return { connection, marks: openCoordination(connection).marks };
  };
  const first = await processOf();
  await ensureStreams(first.connection);
  expect(await first.marks.load('signaling', 'switch-0')).toBeUndefined();
  await first.marks.save('signaling', 'switch-0', '2026-01-05T09:00:00.000Z');
  await first.marks.save('signaling', 'switch-0', '2026-01-05T09:00:00.500Z');
  await first.connection.close();
  const second = await processOf();
  expect(await second.marks.load('signaling', 'switch-0')).toBe('2026-01-05T09:00:00.500Z');
  expect(await second.marks.load('signaling', 'switch-1')).toBeUndefined();
  expect(await second.marks.load('reporting', 'switch-0')).toBeUndefined();
  await second.connection.close();
});
