import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SupervisionLife } from '@earshot/contracts';
import { openMemoryStore, type MemoryProcess } from '@earshot/event-log';
import { createLogger, readConfig } from '@earshot/service-kit';
import { aCall, eventsOf, tellTo } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { supervisionConfig } from '../config.ts';
import { phoneAnswers, phoneEnds, phonePresses, phoneRings } from '../domain/testing/told-by-api.ts';
import { startSupervision } from '../service.ts';

const admin = 'correct-horse-battery-staple-and-more';
const startOn = (process: MemoryProcess, name: string) => {
  const { config } = readConfig(supervisionConfig, { API_TOKEN: admin, INSTANCE: name, LOG_LEVEL: 'silent' });
  const logger = createLogger({ service: 'supervision', instance: name, level: 'silent' });
  return startSupervision(
    { name: 'supervision', version: '0', config, logger, stopping: new AbortController().signal },
    { ...process, ready: () => true },
  );
};

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Partial<SupervisionLife> & {
    readonly token?: string;
    readonly errors?: readonly { readonly field: string; readonly reason: string }[];
  };
}

const asking =
  (url: string) =>
  async (token: string, method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = answer;
    return { status, location: headers.get('location'), body: (await answer.json()) as Answer['body'] };
  };

const oliviaTalks = aCall().inbound('support').answeredBy('1004');

/** Two processes of supervision on one log, Benjamin (1001) who may supervise Olivia (1004), and Emma (2002) who may not. */
const twoProcesses = async () => {
  await using opened = new AsyncDisposableStack();
  const memory = openMemoryStore();
  const { log, settings } = memory.connect();
  for (const extension of ['1001', '1004', '1007', '2002'])
    await settings.put(
      'extensions',
      extension,
      { name: 'Somebody', outboundLineId: null },
      { actor: 'test' },
    );
  const members = (supervisor: boolean) => [
    { extension: '1001', supervisor },
    { extension: '1004', supervisor: false },
  ];
  await settings.put(
    'ring-groups',
    'support',
    { name: 'Support', members: members(true) },
    { actor: 'test' },
  );
  const services = await Promise.all(['one', 'two'].map((name) => startOn(memory.connect(), name)));
  for (const service of services) opened.use(service);
  const [one, two] = services.map(({ url }) => asking(url));
  if (!one || !two) throw new Error('there are two processes');
  const tokenOf = async (name: string, extension: string | null, role = 'supervisor'): Promise<string> =>
    (await one(admin, 'POST', '/api-tokens', { name, roles: [role], extension })).body.token ?? '';
  const tokens = { benjamin: await tokenOf('benjamin', '1001'), emma: await tokenOf('emma', '2002') };
  const all = opened.move();
  return {
    ...{ memory, log, settings, one, two, ...tokens, tokenOf, tell: tellTo(log) },
    revoke: async (name: string): Promise<void> => {
      const view = await settings.view();
      const known = view.all('api-tokens').find(({ value }) => value.name === name);
      if (!known) throw new Error(`Nobody has the token ${name}`);
      const revoked = { ...known.value, revokedAt: new Date().toISOString() };
      await settings.put('api-tokens', known.id, revoked, { actor: 'test' });
    },
    unmark: () =>
      settings.put('ring-groups', 'support', { name: 'Support', members: members(false) }, { actor: 'test' }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
};
const path = `/calls/${oliviaTalks.callId}/supervisions`;
const join = (more: object = {}) => ({ commandId: randomUUID(), agent: '1004', mode: 'spy', ...more });

describe('a supervisor joins by HTTP', () => {
  it('is told nothing any more, while the phone rings, with a token that was revoked meanwhile', async () => {
    await using api = await twoProcesses();
    const { one, two, benjamin, tell } = api;
    await tell(oliviaTalks);
    const own = (await one(benjamin, 'POST', path, join())).location ?? '';
    await tell(phoneRings(oliviaTalks));
    const waited = two(benjamin, 'GET', `${own}?wait=10`);
    await wait(500);
    await api.revoke('benjamin');
    expect((await waited).status).toBe(401);
  });

  it('rings, joins, changes, leaves, whichever process is asked, and each answer says what became of it', async () => {
    await using api = await twoProcesses();
    const { one, two, benjamin, tell } = api;
    await tell(oliviaTalks);
    const asked = await one(benjamin, 'POST', path, join());
    expect(asked).toMatchObject({
      status: 201,
      location: `/supervisions/${oliviaTalks.callId}-v1`,
      body: {
        ...{ supervisionId: `${oliviaTalks.callId}-v1`, door: 'api', supervisor: '1001', phone: '1001' },
        ...{ agent: '1004', state: 'requested', mode: 'spy', joinedAt: null, modes: [] },
      },
    });
    const own = asked.location ?? '';
    const ringing = phoneRings(oliviaTalks);
    await tell(ringing);
    expect((await two(benjamin, 'GET', own)).body).toMatchObject({ state: 'ringing' });
    const waited = two(benjamin, 'GET', `${own}?wait=10`);
    await tell(phoneAnswers(ringing));
    expect((await waited).body).toMatchObject({ state: 'joined', modes: [{ mode: 'spy', to: null }] });
    const barge = { commandId: randomUUID(), mode: 'barge' };
    expect(await two(benjamin, 'PATCH', own, barge)).toMatchObject({ status: 200, body: { mode: 'barge' } });
    expect(await one(benjamin, 'PATCH', own, barge)).toMatchObject({ status: 200, body: { mode: 'barge' } });
    const left = await one(benjamin, 'DELETE', own);
    expect(left).toMatchObject({
      status: 200,
      body: { state: 'ended', reason: 'supervisor_left', modes: [{ mode: 'spy' }, { mode: 'barge' }] },
    });
    expect(await two(benjamin, 'DELETE', own)).toMatchObject({ status: 200, body: { state: 'ended' } });
    const events = await eventsOf(api.log, oliviaTalks.callId, 'supervision', 7);
    expect(
      events.map(({ type, actor }) => `${type} ${actor.kind === 'api' ? actor.user : ''}`.trim()),
    ).toEqual([
      'SupervisionRequestedByApi benjamin',
      'SupervisionStarted',
      'TopologyChanged',
      'SupervisionModeChanged benjamin',
      'TopologyChanged',
      'SupervisionEnded benjamin',
      'TopologyChanged',
    ]);
  });

  it('a command that is given again does nothing, at either process, at the same time, and after both were killed', async () => {
    await using api = await twoProcesses();
    const { one, two, benjamin, tell, memory } = api;
    await tell(oliviaTalks);
    const wanted = join({ phone: '1007' });
    const answers = await Promise.all([one, two, one, two].map((ask) => ask(benjamin, 'POST', path, wanted)));
    expect(answers.map(({ status, location }) => [status, location])).toEqual(
      answers.map(() => [201, `/supervisions/${oliviaTalks.callId}-v1`]),
    );
    await tell(phoneEnds(phoneRings(oliviaTalks), 'declined'));
    await eventsOf(api.log, oliviaTalks.callId, 'supervision', 2);
    await using later = await startOn(memory.connect(), 'three');
    const again = await asking(later.url)(benjamin, 'POST', path, {
      ...wanted,
      commandId: wanted.commandId.toUpperCase(),
    });
    expect(again).toMatchObject({ status: 201, body: { state: 'ended', reason: 'phone_declined' } });
    await api.settings.put('extensions', '1007', null, { actor: 'test' });
    expect(await two(benjamin, 'POST', path, wanted)).toMatchObject({
      status: 201,
      body: { state: 'ended' },
    });
    for (const other of [{ mode: 'barge' }, { phone: '1001' }, { agent: '2002' }])
      expect(await two(benjamin, 'POST', path, { ...wanted, ...other })).toMatchObject({
        status: 409,
        body: { errors: [{ field: 'commandId' }] },
      });
    expect(await eventsOf(api.log, oliviaTalks.callId, 'supervision', 2)).toHaveLength(2);
  });

  it('a change that is given again after a newer one changes nothing', async () => {
    await using api = await twoProcesses();
    const { one, two, benjamin, tell } = api;
    await tell(oliviaTalks);
    const own = (await one(benjamin, 'POST', path, join())).location ?? '';
    const joined = phoneAnswers(phoneRings(oliviaTalks));
    await tell(joined);
    await one(benjamin, 'GET', `${own}?wait=10`);
    const spies = { commandId: randomUUID(), mode: 'spy' };
    expect(await one(benjamin, 'PATCH', own, spies)).toMatchObject({ status: 200 });
    await tell(phonePresses(joined, '2'));
    await expect.poll(async () => (await one(benjamin, 'GET', own)).body.mode).toBe('barge');
    expect(await two(benjamin, 'PATCH', own, spies)).toMatchObject({ status: 200, body: { mode: 'barge' } });
    expect(await two(benjamin, 'PATCH', own, { ...spies, mode: 'whisper' })).toMatchObject({ status: 409 });
  });
});

describe('a command by HTTP is refused', () => {
  it('by the reasons of a dialled code, which the log keeps', async () => {
    await using api = await twoProcesses();
    const { one, benjamin, emma, tell, settings } = api;
    await tell(oliviaTalks);
    const refusal = async (token: string, more: object) => {
      const { status, body } = await one(token, 'POST', path, join(more));
      return [status, body.errors?.[0]?.reason];
    };
    expect(await refusal(emma, {})).toEqual([403, 'not_authorised']);
    expect(await refusal(benjamin, { agent: '1001' })).toEqual([403, 'self']);
    expect(await refusal(benjamin, { agent: '1099' })).toEqual([404, 'no_such_extension']);
    await tell(oliviaTalks.ends());
    expect(await refusal(benjamin, {})).toEqual([409, 'not_on_a_call']);
    await settings.put('supervision', 'tenant', { enabled: false }, { actor: 'test' });
    await expect.poll(() => refusal(benjamin, {})).toEqual([403, 'supervision_off']);
    const refused = (await eventsOf(api.log, oliviaTalks.callId, 'supervision', 10)).filter(
      ({ type }) => type === 'SupervisionRefused',
    );
    expect(refused.length).toBeGreaterThanOrEqual(5);
  });

  it('when nobody could supervise: no call, no extension of one’s own, no such phone', async () => {
    await using api = await twoProcesses();
    const { one, benjamin, tell } = api;
    expect(await one(benjamin, 'POST', path, join())).toMatchObject({ status: 404 });
    await tell(oliviaTalks);
    expect(await one(admin, 'POST', path, join())).toMatchObject({ status: 403 });
    expect(await one(benjamin, 'POST', path, join({ phone: '1099' }))).toMatchObject({ status: 422 });
    expect(await one(benjamin, 'POST', path, join({ phone: '1004' }))).toMatchObject({ status: 422 });
    expect(await one(benjamin, 'GET', `/supervisions/${oliviaTalks.callId}-v1`)).toMatchObject({
      status: 404,
    });
    expect((await api.log.load(oliviaTalks.callId, ['supervision'])).length).toBe(0);
  });

  it('when it is the supervision of somebody else, unless an administrator ends it; and when it is over', async () => {
    await using api = await twoProcesses();
    const { one, two, benjamin, emma, tell } = api;
    await tell(oliviaTalks);
    const own = (await one(benjamin, 'POST', path, join())).location ?? '';
    const barge = { commandId: randomUUID(), mode: 'barge' };
    for (const [method, body] of [['GET'], ['PATCH', barge], ['DELETE']] as const)
      expect((await two(emma, method, own, body)).status).toBe(403);
    expect(await two(admin, 'DELETE', own)).toMatchObject({ status: 200, body: { state: 'ended' } });
    expect(await one(benjamin, 'PATCH', own, barge)).toMatchObject({ status: 409 });
  });

  it('ends what rings when the permission is taken away meanwhile', async () => {
    await using api = await twoProcesses();
    const { one, benjamin, tell } = api;
    await tell(oliviaTalks);
    const own = (await one(benjamin, 'POST', path, join())).location ?? '';
    await tell(phoneRings(oliviaTalks));
    await api.unmark();
    expect((await one(benjamin, 'GET', `${own}?wait=10`)).body).toMatchObject({
      state: 'ended',
      reason: 'permission_withdrawn',
      joinedAt: null,
    });
  });
});
