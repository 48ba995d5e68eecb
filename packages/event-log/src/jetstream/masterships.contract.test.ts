import { bucketStream, keySubject, leasesBucket } from '@earshot/contracts';
import { testNats } from '@earshot/testkit/nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll } from 'vitest';
import { wayTo } from '../fixtures/cuttable-server.ts';
import { mastershipsContract } from '../masterships.contract.ts';
import { connectToNats } from './connect.ts';
import { jetStreamMasterships } from './masterships.ts';

/** Shorter than in a real bucket, so that a test needs not wait for seconds. */
const ttlMs = 600;
let nats: Awaited<ReturnType<typeof testNats>>;
beforeAll(async () => {
  nats = await testNats();
}, 60_000);
afterAll(() => nats[Symbol.asyncDispose]());

mastershipsContract(
  'The masterships on JetStream',
  async () => {
    const opened = new AsyncDisposableStack();
    const admin = await connectToNats({ url: nats.url, name: 'admin' });
    opened.defer(() => admin.close());
    const { streams } = await jetstreamManager(admin);
    const name = bucketStream(leasesBucket);
    const ttl = ttlMs * 1e6;
    await streams.add({
      name,
      subjects: [keySubject(leasesBucket, '>')],
      max_msgs_per_subject: 1,
      max_age: ttl,
      duplicate_window: ttl,
    });
    opened.defer(async () => {
      await streams.delete(name);
    });
    const connect = async () => {
      const way = opened.use(await wayTo(Number(new URL(nats.url).port)));
      const connection = await connectToNats({ url: `nats://127.0.0.1:${way.port}`, name: 'master' });
      opened.defer(() => connection.close());
      const kill = () => {
        way.cut();
        void connection.close();
      };
      return { masterships: jetStreamMasterships(connection), kill, cutOff: way.cut, connectAgain: way.mend };
    };
    return {
      connect,
      expire: () =>
        new Promise((resolve) => {
          setTimeout(resolve, ttlMs * 1.5);
        }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
  6,
);
