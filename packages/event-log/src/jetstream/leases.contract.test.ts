import { setTimeout } from 'node:timers/promises';
import { testNats } from '@earshot/testkit/nats';
import { afterAll, beforeAll } from 'vitest';
import { wayTo } from '../fixtures/cuttable-server.ts';
import { leasesContract } from '../leases.contract.ts';
import { connectToNats } from './connect.ts';
import { jetStreamLeases } from './leases.ts';
import { createStreams, leaseTtlMs } from './set-up-streams.ts';

let nats: Awaited<ReturnType<typeof testNats>>;
beforeAll(async () => {
  nats = await testNats();
  const admin = await connectToNats({ url: nats.url, name: 'admin' });
  await createStreams(admin);
  await admin.close();
}, 60_000);
afterAll(() => nats[Symbol.asyncDispose]());

leasesContract('The leases on JetStream', async () => {
  const opened = new AsyncDisposableStack();
  const expire = () => setTimeout(leaseTtlMs * 1.3);
  // The next test begins with nobody there.
  opened.defer(expire);
  return {
    connect: async () => {
      const way = opened.use(await wayTo(Number(new URL(nats.url).port)));
      const connection = await connectToNats({ url: `nats://127.0.0.1:${way.port}`, name: 'supervision' });
      opened.defer(() => connection.close());
      const kill = () => {
        way.cut();
        void connection.close();
      };
      return { leases: jetStreamLeases(connection), kill };
    },
    expire,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
});
