import { openMemoryStore, type MemoryProcess, type OpenMemoryStore } from '@earshot/event-log';
import { createLogger, readConfig } from '@earshot/service-kit';
import { aCall, eventsOf, tellTo } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { supervisionConfig } from './config.ts';
import { startSupervision } from './service.ts';

const token = 'correct-horse-battery-staple-and-more';
const authorization = `Bearer ${token}`;
const { config } = readConfig(supervisionConfig, { API_TOKEN: token, INSTANCE: 'one', LOG_LEVEL: 'silent' });
const logger = createLogger({ service: 'supervision', instance: 'one', level: 'silent' });
const startOn = (process: MemoryProcess) =>
  startSupervision(
    { name: 'supervision', version: '0', config, logger, stopping: new AbortController().signal },
    { ...process, ready: () => true },
  );

const members = (supervisor: boolean) => [
  { extension: '1001', supervisor },
  { extension: '1004', supervisor: false },
];
const supportTeam = async (memory: OpenMemoryStore) => {
  const process = memory.connect();
  for (const extension of ['1001', '1004'])
    await process.settings.put(
      'extensions',
      extension,
      { name: 'Somebody', outboundLineId: null },
      { actor: 'test' },
    );
  await process.settings.put(
    'ring-groups',
    'support',
    { name: 'Support', members: members(true) },
    { actor: 'test' },
  );
  return process;
};
const spied = aCall().inbound('support').answeredBy('1004').dialsCode('1001', 'spy', '1004');
const put = (url: string, path: string, body: unknown) =>
  fetch(`${url}${path}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('supervision as a service', () => {
  it('is ready once it follows the log, and decides on what is said there', async () => {
    const process = await supportTeam(openMemoryStore());
    await using service = await startOn(process);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    await tellTo(process.log)(spied.presses('1001', '1', 'supervision'));
    const events = await eventsOf(process.log, spied.callId, 'supervision', 4);
    expect(events.map(({ type }) => type)).toEqual([
      'SupervisionStarted',
      'TopologyChanged',
      'SupervisionModeChanged',
      'TopologyChanged',
    ]);
  });

  it('refuses a supervisor whose target is on no call, on the log of the request', async () => {
    const process = await supportTeam(openMemoryStore());
    await using _ = await startOn(process);
    await tellTo(process.log)(aCall().dialsCode('1001', 'spy', '1004'));
    expect(await eventsOf(process.log, spied.callId, 'supervision', 1)).toMatchObject([
      { type: 'SupervisionRefused', data: { reason: 'not_on_a_call' } },
    ]);
  });

  it('goes on after a kill in the middle of a call and decides nothing twice', async () => {
    const memory = openMemoryStore();
    const first = await supportTeam(memory);
    const { log } = memory.connect();
    const tell = tellTo(log);
    const killed = await startOn(first);
    await tell(spied);
    await eventsOf(log, spied.callId, 'supervision', 2);
    first.kill();
    // What a dead process awaits from the log never comes: only its port and timers are given back.
    void killed[Symbol.asyncDispose]();
    memory.store.expireLeases();
    const whispered = spied.presses('1001', '1', 'supervision');
    await tell(whispered);
    await using again = await startOn(memory.connect());
    expect(again.ready()).toBe(true);
    await tell(whispered.leaves('1001'));
    const events = await eventsOf(log, spied.callId, 'supervision', 6);
    expect(events.map(({ type }) => type)).toEqual([
      'SupervisionStarted',
      'TopologyChanged',
      'SupervisionModeChanged',
      'TopologyChanged',
      'SupervisionEnded',
      'TopologyChanged',
    ]);
  });

  it('ends a running supervision at once when the mark in the ring group is taken away', async () => {
    const process = await supportTeam(openMemoryStore());
    await using _ = await startOn(process);
    await tellTo(process.log)(spied);
    await eventsOf(process.log, spied.callId, 'supervision', 2);
    await process.settings.put(
      'ring-groups',
      'support',
      { name: 'Support', members: members(false) },
      { actor: 'test' },
    );
    const events = await eventsOf(process.log, spied.callId, 'supervision', 4);
    expect(events.slice(2)).toMatchObject([
      { type: 'SupervisionEnded', data: { reason: 'permission_withdrawn' } },
      { type: 'TopologyChanged' },
    ]);
  });

  it('ends a running supervision when its mode or the agent is taken out of what the group permits', async () => {
    for (const change of [{ modes: ['whisper' as const] }, { supervisable: false }]) {
      const process = await supportTeam(openMemoryStore());
      await using _ = await startOn(process);
      await tellTo(process.log)(spied);
      await eventsOf(process.log, spied.callId, 'supervision', 2);
      const value = { name: 'Support', members: members(true).map((member) => ({ ...member, ...change })) };
      await process.settings.put('ring-groups', 'support', value, { actor: 'test' });
      const events = await eventsOf(process.log, spied.callId, 'supervision', 4);
      expect(events.slice(2)).toMatchObject([
        { type: 'SupervisionEnded', data: { reason: 'permission_withdrawn' } },
        { type: 'TopologyChanged' },
      ]);
    }
  });

  it('says anew who hears whom when supervisors shall hear each other otherwise, also if that was set while the service was away', async () => {
    const memory = openMemoryStore();
    const process = await supportTeam(memory);
    const first = await startOn(process);
    const both = spied.presses('1001', '2', 'supervision').dialsCode('1001', 'spy', '1004');
    await tellTo(process.log)(both);
    await eventsOf(process.log, both.callId, 'supervision', 6);
    const set = (hearEachOther: 'barging' | 'nobody') =>
      process.settings.put('supervision', 'tenant', { enabled: true, hearEachOther }, { actor: 'test' });
    await set('nobody');
    expect((await eventsOf(process.log, both.callId, 'supervision', 7)).at(-1)).toMatchObject({
      type: 'TopologyChanged',
      data: { pairs: expect.objectContaining({ length: 6 }) },
    });
    await first[Symbol.asyncDispose]();
    await memory.connect().settings.put('supervision', 'tenant', { enabled: true }, { actor: 'test' });
    await using _ = await startOn(memory.connect());
    expect((await eventsOf(memory.connect().log, both.callId, 'supervision', 8)).at(-1)).toMatchObject({
      type: 'TopologyChanged',
      data: { pairs: expect.objectContaining({ length: 9 }) },
    });
  });

  it('ends a running supervision when it was switched off by API, also if that happened while the service was away', async () => {
    const memory = openMemoryStore();
    const process = await supportTeam(memory);
    const first = await startOn(process);
    await tellTo(process.log)(spied);
    await eventsOf(process.log, spied.callId, 'supervision', 2);
    await first[Symbol.asyncDispose]();
    await process.settings.put('supervision', 'tenant', { enabled: false }, { actor: 'test' });
    await using _ = await startOn(memory.connect());
    const events = await eventsOf(process.log, spied.callId, 'supervision', 4);
    expect(events.slice(2)).toMatchObject([
      { type: 'SupervisionEnded', data: { reason: 'supervision_off' } },
      { type: 'TopologyChanged' },
    ]);
  });
});

describe('the settings of supervision', () => {
  it('have the three service codes at the first start, and keep what an administrator does with them', async () => {
    const memory = openMemoryStore();
    const first = await startOn(memory.connect());
    const codes = (await (
      await fetch(`${first.url}/settings/service-codes`, { headers: { authorization } })
    ).json()) as { id: string; value: unknown }[];
    expect(codes.map(({ value }) => value)).toEqual([
      { code: '*90', mode: 'spy' },
      { code: '*91', mode: 'whisper' },
      { code: '*92', mode: 'barge' },
    ]);
    await put(first.url, '/settings/service-codes/spy', { code: '*80', mode: 'spy' });
    await fetch(`${first.url}/settings/service-codes/barge`, {
      method: 'DELETE',
      headers: { authorization },
    });
    await first[Symbol.asyncDispose]();
    await using again = await startOn(memory.connect());
    const kept = (await (
      await fetch(`${again.url}/settings/service-codes`, { headers: { authorization } })
    ).json()) as { value: { code: string } }[];
    expect(kept.map(({ value }) => value.code).toSorted()).toEqual(['*80', '*91']);
  });

  it('do not take a code that begins like another, nor a second switch', async () => {
    await using service = await startOn(openMemoryStore().connect());
    const clash = await put(service.url, '/settings/service-codes/other', { code: '*901', mode: 'spy' });
    expect([clash.status, await clash.json()]).toMatchObject([422, { errors: [{ field: 'code' }] }]);
    const told = (
      await put(service.url, '/settings/service-codes/other', { code: '*90', mode: 'barge' })
    ).text();
    expect(await told).toContain('cannot be told from *90, the code of spy');
    const another = await put(service.url, '/settings/service-codes/other', { code: '*55', mode: 'spy' });
    expect(another.status).toBe(201);
    const second = await put(service.url, '/settings/supervision/other', { enabled: false });
    expect([second.status, await second.json()]).toMatchObject([422, { errors: [{ field: 'id' }] }]);
    expect((await put(service.url, '/settings/supervision/tenant', { enabled: false })).status).toBe(201);
  });

  it.each([
    [{ enabled: true, maxPerCall: 1, hearEachOther: 'nobody' }, 201],
    [{ enabled: true, maxPerCall: 0 }, 422],
    [{ enabled: true, maxPerCall: 11 }, 422],
    [{ enabled: true, hearEachOther: 'everybody' }, 422],
  ])(
    'say how many may supervise one call and whether they hear each other: %j is answered %i',
    async (value, status) => {
      await using service = await startOn(openMemoryStore().connect());
      expect((await put(service.url, '/settings/supervision/tenant', value)).status).toBe(status);
    },
  );
});
