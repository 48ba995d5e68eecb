import { expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { callSubject } from '@earshot/contracts';
import { jetstream } from '@nats-io/jetstream';
import { authorization, callNumber } from './reporting-under-test.ts';
import { apiToken, startServiceUnderTest, type ServiceUnderTest } from './service-under-test.ts';

const exported = async ({ service }: ServiceUnderTest) => {
  const response = await fetch(
    `${service.url}/api/v2/channels/voice/stats/incremental/calls.json?start_time=0`,
    { headers: { authorization } },
  );
  return (await response.json()) as { calls: { completion_status: string | null }[] };
};
const statusOf = async ({ service }: ServiceUnderTest) => {
  const response = await fetch(`${service.url}/projection`, {
    headers: { authorization: `Bearer ${apiToken}` },
  });
  return (await response.json()) as {
    sequence: number;
    problem: string | null;
    rebuild: { state: string } | null;
    unreadable: { count: number; newest: object[] };
  };
};

it('a call that is told to JetStream is in the export, from where a connector reads it, also after a rebuild', async () => {
  await using reporting = await startServiceUnderTest();
  await reporting.append(callNumber(1).queued().rings('1004').answeredBy('1004').leaves('customer').ends());
  while ((await exported(reporting)).calls[0]?.completion_status !== 'completed') await sleep(20);
  expect((await exported(reporting)).calls).toMatchObject([
    { id: 1, agent_id: 1004, talk_time: 1, duration: 5, completion_status: 'completed' },
  ]);

  const rebuild = await fetch(`${reporting.service.url}/projection/rebuild`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken}` },
  });
  expect(rebuild.status).toBe(202);
  while ((await statusOf(reporting)).rebuild?.state !== 'done') await sleep(20);
  expect((await exported(reporting)).calls).toMatchObject([{ id: 1, completion_status: 'completed' }]);
}, 60_000);

it('a rebuild is for whoever has the token of the API, and for nobody where there is none', async () => {
  const statuses = async (env: Record<string, string>, tried: readonly Record<string, string>[]) => {
    await using reporting = await startServiceUnderTest(env);
    const rebuild = (headers: Record<string, string>) =>
      fetch(`${reporting.service.url}/projection/rebuild`, { method: 'POST', headers });
    return (await Promise.all(tried.map(rebuild))).map(({ status }) => status);
  };
  expect(await statuses({}, [{}, { authorization }])).toEqual([401, 401]);
  expect(await statuses({ API_TOKEN: '' }, [{}, { authorization: 'Bearer ' }])).toEqual([401, 401]);
}, 60_000);

it('what is in no row is in the status, and a message of a newer program ends the service, which is not ready before', async () => {
  await using reporting = await startServiceUnderTest();
  const script = callNumber(1).ends();
  const publish = async (text: string) => {
    await jetstream(reporting.connection).publish(callSubject(script.callId, 'signaling'), text);
  };
  await reporting.append(callNumber(2));
  await publish('no commit');
  while ((await statusOf(reporting)).sequence < 2) await sleep(20);
  expect((await statusOf(reporting)).unreadable).toEqual({
    count: 1,
    newest: [{ sequence: 2, reason: 'The message is not JSON' }],
  });
  expect((await fetch(`${reporting.service.url}/health/ready`)).status).toBe(200);

  const at = '2026-11-21T09:00:00.000Z';
  const event = { type: 'CallEnded', version: 2, occurredAt: at, actor: { kind: 'switch' }, data: {} };
  const causation = { source: 'SWITCH', id: 'report', sequence: null };
  const { callId } = script;
  await publish(
    JSON.stringify({
      id: 'c',
      callId,
      tenant: 'demo',
      recordedAt: at,
      causation,
      events: [{ id: 'c/0', ...event }],
    }),
  );
  const sentence = await reporting.service.failed?.catch((error: Error) => error.message);
  expect(sentence).toMatch(
    /^The log holds CallEnded of version 2 at place 3 of CALLS, and this reporting reads up to version 1/,
  );
  expect(reporting.service.ready()).toBe(sentence);
  expect((await statusOf(reporting)).sequence).toBe(2);
}, 60_000);
