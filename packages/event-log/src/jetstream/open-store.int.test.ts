import { testNats } from '@earshot/testkit/nats';
import { expect, it } from 'vitest';
import { connectToNats } from './connect.ts';
import { openStore } from './open-store.ts';
import { ensureStreams } from './set-up-streams.ts';

const patient = { timeout: 30_000, interval: 50 };

it(
  'a store is ready while the log answers, and says why when it does not',
  { timeout: 120_000 },
  async () => {
    await using nats = await testNats();
    await using store = await openStore('test', { NATS_URL: nats.url, NATS_REPLICAS: 1, TENANT: 'demo' });
    expect(store.ready()).toBe(true);
    await nats.kill();
    await expect.poll(() => store.ready(), patient).toBe('NATS is away');
    await nats.restart();
    await expect.poll(() => store.ready(), patient).toBe(true);
    // A server that is frozen keeps its connections, so only asking it tells.
    process.kill(nats.pid ?? 0, 'SIGSTOP');
    await expect
      .poll(() => store.ready(), patient)
      .toMatch(/^the log has not answered for \d+ s$|^NATS is away$/);
    process.kill(nats.pid ?? 0, 'SIGCONT');
    await expect.poll(() => store.ready(), patient).toBe(true);
  },
);

it('a setting that belongs to another service is refused at once, with whom to ask', async () => {
  await using nats = await testNats({ users: true });
  const setUp = await connectToNats({ url: nats.url, name: 'set-up' });
  await ensureStreams(setUp);
  await setUp.close();
  const url = nats.urlFor('supervision');
  await using store = await openStore('supervision', { NATS_URL: url, NATS_REPLICAS: 1, TENANT: 'demo' });
  const begun = performance.now();
  const policy = store.settings.put('recording-policies', 'support', { setting: 'never' }, { actor: 'test' });
  await expect(policy).rejects.toThrow(
    "Settings of kind recording-policies are recording-consent's: supervision cannot change them, ask recording-consent.",
  );
  expect(performance.now() - begun).toBeLessThan(1_000);
  expect(await store.settings.put('supervision', 'main', { enabled: true }, { actor: 'test' })).toEqual({
    version: 1,
  });
});

it('a store whose log is no longer followed, although nobody ended it, is not ready until it is followed again', async () => {
  await using nats = await testNats();
  const store = await openStore('test', { NATS_URL: nats.url, NATS_REPLICAS: 1, TENANT: 'demo' });
  const follow = () => {
    const abort = new AbortController();
    return { abort, messages: store.log.follow({ after: 0, signal: abort.signal })[Symbol.asyncIterator]() };
  };
  await follow().messages.return?.();
  expect(store.ready()).toBe('the log is no longer followed');
  const again = follow();
  expect(store.ready()).toBe(true);
  again.abort.abort();
  await again.messages.return?.();
  expect(store.ready()).toBe(true);
  await store[Symbol.asyncDispose]();
  expect(store.ready()).toBe('the connection to NATS is closed');
});
