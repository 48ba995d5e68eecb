import { expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToNats, ensureStreams, openEventLog } from '@earshot/event-log';
import type { NewEvent } from '@earshot/contracts';
import { createLogger, readConfig, startTelemetry } from '@earshot/service-kit';
import { testNats } from '@earshot/testkit/nats';
import { testPostgres } from '@earshot/testkit/postgres';
import { configSchema } from './config.ts';
import { authorization, callNumber, reader } from './reporting-under-test.ts';
import { startReporting } from './service.ts';

it('a call that is told to JetStream is in the export, from where a connector reads it', async () => {
  await using nats = await testNats();
  await using postgres = await testPostgres();
  const connection = await connectToNats({ url: nats.url, name: 'reporting-test' });
  await using _ = { [Symbol.asyncDispose]: () => connection.close() };
  await ensureStreams(connection);
  await using calls = openEventLog({ connection, tenant: 'demo' });
  const { config } = readConfig(configSchema, { DATABASE_URL: postgres.url, EXPORT_TOKEN: reader.token, EXPORT_EMAIL: reader.email, EXPORT_TAIL_PAUSE_MS: '0', API_TOKEN: 'correct-horse-battery', LOG_LEVEL: 'silent' });
  const logger = createLogger({ service: 'reporting', instance: 'test', level: 'silent' });
  await using telemetry = startTelemetry({ service: 'reporting', version: '0', instance: 'test' });
  await using service = await startReporting({ name: 'reporting', version: '0', config, logger, telemetry, stopping: new AbortController().signal }, calls);

  const script = callNumber(1).queued().rings('1004').answeredBy('1004').leaves('customer').ends();
  let expectedSequence = 0;
  for (const [place, { writer, events }] of script.commits.entries()) {
    const stored = await calls.append({
      callId: script.callId, writer, id: `${script.callId}-${place}`, expectedSequence,
      causation: { source: 'SWITCH', id: `report-${place}`, sequence: null }, events: events as readonly NewEvent<never>[],
    });
    expectedSequence = stored.sequence;
  }

  const exported = async () => {
    const response = await fetch(`${service.url}/api/v2/channels/voice/stats/incremental/calls.json?start_time=0`, { headers: { authorization } });
    return await response.json() as { calls: { completion_status: string | null }[] };
  };
  while ((await exported()).calls[0]?.completion_status !== 'completed') await sleep(20);
  expect((await exported()).calls).toMatchObject([{ id: 1, agent_id: 1004, talk_time: 1, duration: 5, completion_status: 'completed' }]);

  const rebuilt = await fetch(`${service.url}/projection/rebuild`, { method: 'POST', headers: { authorization: 'Bearer correct-horse-battery' } });
  expect(rebuilt.status).toBe(202);
  while ((await exported()).calls[0]?.completion_status !== 'completed') await sleep(20);
  expect((await exported()).calls).toHaveLength(1);
}, 60_000);
