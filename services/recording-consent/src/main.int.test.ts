import { connectToNats, ensureStreams, openEventLog, openSettingsLog } from '@earshot/event-log';
import { aCall, eventsOf, tellTo } from '@earshot/testkit/events';
import { testNats } from '@earshot/testkit/nats';
import { startServiceProcess } from '@earshot/testkit/service-process';
import { expect, it } from 'vitest';

const main = new URL('main.ts', import.meta.url);

it(
  'the choice of a caller counts, once, also when the process is killed before it could be decided on',
  { timeout: 60_000 },
  async () => {
    await using nats = await testNats({ users: true });
    await using opened = new AsyncDisposableStack();
    const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'test' }), (open) =>
      open.close(),
    );
    await ensureStreams(connection);
    const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
    const settings = opened.use(openSettingsLog({ connection, tenant: 'demo' }));
    await settings.put('recording-policies', 'support', { setting: 'opt_in' }, { actor: 'test' });
    const env = {
      NATS_URL: nats.urlFor('recording-consent'),
      INSTANCE: 'recording-consent-1',
      PORT: '0',
      API_TOKEN: 'correct-horse-battery-staple-and-more',
    };

    const first = await startServiceProcess('recording-consent', main, env);
    const tell = tellTo(log);
    const asked = aCall().inbound('support').hearsPrompt('available').hearsPrompt('consent').queued();
    await tell(asked);
    await eventsOf(log, asked.callId, 'recording-consent', 1);
    await first.kill();
    await first.stop();

    const connected = asked
      .presses('customer', '3', 'consent')
      .presses('customer', '3', 'consent')
      .answeredBy('1004');
    await tell(connected);
    const second = await startServiceProcess('recording-consent', main, env);
    const refused = await fetch(`${second.url}/settings/recording-policies/support`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${env.API_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ setting: 'sometimes' }),
    });
    expect(refused.status).toBe(422);
    await tell(connected.ends());
    const events = await eventsOf(log, asked.callId, 'recording-consent', 5);
    expect(events.map(({ type }) => type)).toEqual([
      'RecordingPolicyApplied',
      'ConsentChosen',
      'ConsentKeyIgnored',
      'RecordingAllowed',
      'RecordingWithdrawn',
    ]);
    expect(await second.stop()).toBe(0);
  },
);

it(
  'it is ready while the log can be reached, and says why when it cannot',
  { timeout: 120_000 },
  async () => {
    await using nats = await testNats({ users: true });
    const setUp = await connectToNats({ url: nats.url, name: 'set-up' });
    await ensureStreams(setUp);
    await setUp.close();
    await using service = await startServiceProcess('recording-consent', main, {
      NATS_URL: nats.urlFor('recording-consent'),
      INSTANCE: 'recording-consent-1',
      PORT: '0',
    });
    const readiness = async () => {
      const answer = await fetch(`${service.url}/health/ready`);
      return [answer.status, await answer.json()];
    };
    expect(await readiness()).toEqual([200, { status: 'ready' }]);
    await nats.kill();
    await expect
      .poll(readiness, { timeout: 30_000 })
      .toEqual([503, { status: 'not ready', reasons: ['NATS is away'] }]);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await nats.restart();
    await expect.poll(readiness, { timeout: 30_000 }).toEqual([200, { status: 'ready' }]);
  },
);
