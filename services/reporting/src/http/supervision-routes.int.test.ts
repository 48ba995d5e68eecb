import { openSettingsLog } from '@earshot/event-log';
import type { Role, SupervisionLife } from '@earshot/contracts';
import { makeApiToken } from '@earshot/service-kit';
import { aCall } from '@earshot/testkit/events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiToken, startServiceUnderTest, type ServiceUnderTest } from '../service-under-test.ts';

let reporting: ServiceUnderTest;

/** A call on which somebody spied on somebody for three seconds. */
const spied = (n: number, supervisor: string, agent: string) => {
  const callId = `0199a1b2-0000-7000-8000-00000000000${n}`;
  const startsAt = `2026-11-2${n}T09:00:00.000Z`;
  const dialled = aCall({ callId, startsAt })
    .inbound('support')
    .answeredBy(agent)
    .dialsCode(supervisor, 'spy', agent);
  const legId = dialled.legOf(supervisor);
  const ids = { supervisionId: `${callId}-v1`, legId };
  return dialled
    .commit('supervision', {
      type: 'SupervisionStarted',
      data: { ...ids, supervisedLegId: dialled.legOf(agent), mode: 'spy' },
    })
    .presses(supervisor, null, null)
    .leaves(supervisor)
    .commit('supervision', { type: 'SupervisionEnded', data: { ...ids, reason: 'supervisor_left' } })
    .ends();
};
const calls = [spied(1, '1001', '1004'), spied(2, '1001', '1005'), spied(3, '2002', '1004')] as const;

beforeAll(async () => {
  reporting = await startServiceUnderTest();
  for (const call of calls) await reporting.append(call);
  const last = await reporting.calls.lastSequence();
  const { url } = reporting.service;
  const projected = async (): Promise<number> => {
    const answer = await fetch(`${url}/projection`, { headers: { authorization: `Bearer ${apiToken}` } });
    return ((await answer.json()) as { sequence: number }).sequence;
  };
  while ((await projected()) < last) await sleep(20);
});
afterAll(() => reporting?.[Symbol.asyncDispose]());

interface Page {
  readonly supervisions: readonly (SupervisionLife & { readonly listenedMs: { readonly spy: number } })[];
  readonly next: string | null;
}
const ask = async (query: string, token = apiToken): Promise<{ status: number; page: Page }> => {
  const answer = await fetch(`${reporting.service.url}/supervisions${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, page: (await answer.json()) as Page };
};
const whoListened = async (query: string, token?: string) =>
  (await ask(query, token)).page.supervisions.map(({ supervisor, agent }) => `${supervisor} to ${agent}`);

const tokenOf = async (role: Role, extension: string | null): Promise<string> => {
  await using settings = openSettingsLog({ connection: reporting.connection, tenant: 'demo' });
  const { id, token, hash } = makeApiToken();
  const value = { name: role, hash, roles: [role], extension, expiresAt: null, revokedAt: null };
  await settings.put(
    'api-tokens',
    id,
    { ...value, createdAt: '2026-11-21T09:00:00.000Z' },
    { actor: 'test' },
  );
  await expect.poll(async () => (await ask('', token)).status, { timeout: 10_000 }).toBe(200);
  return token;
};

it('the record of listening is told per call, per supervisor, per agent and per time, with how long they listened', async () => {
  expect(await whoListened('')).toEqual(['1001 to 1004', '1001 to 1005', '2002 to 1004']);
  expect(await whoListened(`?call=${calls[1].callId}`)).toEqual(['1001 to 1005']);
  expect(await whoListened('?supervisor=1001')).toEqual(['1001 to 1004', '1001 to 1005']);
  expect(await whoListened('?agent=1004')).toEqual(['1001 to 1004', '2002 to 1004']);
  expect(await whoListened('?from=2026-11-22T10:00:00%2B01:00&to=2026-11-23T00:00:00Z')).toEqual([
    '1001 to 1005',
  ]);
  const [life] = (await ask(`?call=${calls[0].callId}`)).page.supervisions;
  expect(life).toMatchObject({
    ...{ door: 'code', state: 'ended', reason: 'supervisor_left', requestedAt: '2026-11-21T09:00:02.000Z' },
    ...{ joinedAt: '2026-11-21T09:00:03.000Z', endedAt: '2026-11-21T09:00:06.000Z' },
    listenedMs: { spy: 3000, whisper: 0, barge: 0 },
  });
});

it('it is read page by page, without a gap', async () => {
  const first = await ask('?limit=2');
  expect(first.page.supervisions).toHaveLength(2);
  const rest = await ask(`?limit=2&after=${encodeURIComponent(first.page.next ?? '')}`);
  expect(rest.page.supervisions.map(({ supervisor }) => supervisor)).toEqual(['2002']);
  expect(rest.page.next).toBeNull();
});

it('auditors read all, supervisors what they did themselves, agents nothing', async () => {
  expect(await whoListened('', await tokenOf('auditor', null))).toHaveLength(3);
  const benjamin = await tokenOf('supervisor', '1001');
  expect(await whoListened('', benjamin)).toEqual(['1001 to 1004', '1001 to 1005']);
  expect(await whoListened('?supervisor=2002', benjamin)).toEqual([]);
  expect(await whoListened('', await tokenOf('supervisor', null))).toEqual([]);
});

it('a moment that does not exist, or is none, is refused by its field', async () => {
  expect((await ask('?from=2026-13-41T00:00:00Z')).status).toBe(422);
  expect((await ask('?from=yesterday')).status).toBe(400);
  expect((await ask('?call=support')).status).toBe(400);
});
