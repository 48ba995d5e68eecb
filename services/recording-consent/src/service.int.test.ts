import { openMemoryStore, type MemoryProcess } from '@earshot/event-log';
import { createLogger, readConfig } from '@earshot/service-kit';
import { aCall, eventsOf, tellTo } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { recordingConsentConfig } from './config.ts';
import { startRecordingConsent } from './service.ts';

const token = 'correct-horse-battery-staple-and-more';
const authorization = `Bearer ${token}`;
const { config } = readConfig(recordingConsentConfig, {
  API_TOKEN: token,
  INSTANCE: 'one',
  LOG_LEVEL: 'silent',
});
const logger = createLogger({ service: 'recording-consent', instance: 'one', level: 'silent' });
const startOn = (process: MemoryProcess) =>
  startRecordingConsent(
    { name: 'recording-consent', version: '0', config, logger, stopping: new AbortController().signal },
    { ...process, ready: () => true },
  );
const put = (url: string, path: string, body: unknown) =>
  fetch(`${url}${path}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const asked = aCall().inbound('support').hearsPrompt('available').hearsPrompt('consent').queued();

describe('recording-consent as a service', () => {
  it('is ready once it follows the log, and decides by the setting that was put by API', async () => {
    const process = openMemoryStore().connect();
    await using service = await startOn(process);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    expect(
      (await put(service.url, '/settings/recording-policies/support', { setting: 'opt_in' })).status,
    ).toBe(201);
    await tellTo(process.log)(
      asked.presses('customer', '3', 'consent').answeredBy('1004').leaves('customer'),
    );
    expect(await eventsOf(process.log, asked.callId, 'recording-consent', 4)).toMatchObject([
      {
        type: 'RecordingPolicyApplied',
        data: { setting: 'opt_in', settingVersion: 1, greeting: 'opt_in', keyCounts: true },
      },
      { type: 'ConsentChosen', data: { choice: 'caller_opted_in' } },
      { type: 'RecordingAllowed', data: { recordingId: `${asked.callId}-r1`, ground: 'caller_opted_in' } },
      { type: 'RecordingWithdrawn', data: { recordingId: `${asked.callId}-r1`, reason: 'parties_parted' } },
    ]);
  });

  it('goes on after a kill in the middle of a call and decides nothing twice', async () => {
    const memory = openMemoryStore();
    const first = memory.connect();
    const { log, settings } = memory.connect();
    await settings.put('recording-policies', 'support', { setting: 'opt_in' }, { actor: 'test' });
    const tell = tellTo(log);
    const killed = await startOn(first);
    await tell(asked);
    await eventsOf(log, asked.callId, 'recording-consent', 1);
    first.kill();
    // What a dead process awaits from the log never comes: only its port and timers are given back.
    void killed[Symbol.asyncDispose]();
    memory.store.expireLeases();
    const connected = asked.presses('customer', '3', 'consent').answeredBy('1004');
    await tell(connected);
    await settings.put('recording-policies', 'support', { setting: 'never' }, { actor: 'test' });
    await using again = await startOn(memory.connect());
    expect(again.ready()).toBe(true);
    await tell(connected.ends());
    const events = await eventsOf(log, asked.callId, 'recording-consent', 4);
    expect(events.map(({ type }) => type)).toEqual([
      'RecordingPolicyApplied',
      'ConsentChosen',
      'RecordingAllowed',
      'RecordingWithdrawn',
    ]);
  });

  it('decides in the order of the log what piled up while it was away', async () => {
    const memory = openMemoryStore();
    const process = memory.connect();
    await process.settings.put('recording-policies', 'support', { setting: 'opt_in' }, { actor: 'test' });
    await tellTo(process.log)(
      asked
        .presses('customer', '3', 'consent')
        .answeredBy('1004')
        .presses('customer', '3', 'consent')
        .leaves('1004')
        .ends(),
    );
    await using _ = await startOn(process);
    const events = await eventsOf(process.log, asked.callId, 'recording-consent', 5);
    expect(events.map(({ type }) => type)).toEqual([
      'RecordingPolicyApplied',
      'ConsentChosen',
      'RecordingAllowed',
      'ConsentKeyIgnored',
      'RecordingWithdrawn',
    ]);
  });
});

describe('the setting of a line', () => {
  it('is refused on a digital line when it asks by key, with the field and the reason', async () => {
    const process = openMemoryStore().connect();
    await process.settings.put(
      'lines',
      'web-widget',
      {
        number: '+41445550500',
        name: 'Web widget',
        type: 'digital',
        route: { to: 'group', groupId: 'support' },
      },
      { actor: 'test' },
    );
    await using service = await startOn(process);
    const answer = await put(service.url, '/settings/recording-policies/web-widget', { setting: 'opt_out' });
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { errors: [{ field: 'setting', reason: expect.stringContaining('digital') as string }] },
    ]);
    expect(
      (await put(service.url, '/settings/recording-policies/web-widget', { setting: 'always' })).status,
    ).toBe(201);
  });
});
