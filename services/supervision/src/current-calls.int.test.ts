import type { CallId, CurrentCallsPage } from '@earshot/contracts';
import { openMemoryStore } from '@earshot/event-log';
import { createLogger, makeApiToken, readConfig, type Readiness } from '@earshot/service-kit';
import { aCall, tellTo, type CallScript } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { supervisionConfig } from './config.ts';
import { openStream } from './current-calls/testing/stream-client.ts';
import { startSupervision } from './service.ts';

const token = 'correct-horse-battery-staple-and-more';
const asAdmin = { authorization: `Bearer ${token}` };
const benjamins = makeApiToken();
const asBenjamin = { authorization: `Bearer ${benjamins.token}` };
const logger = createLogger({ service: 'supervision', instance: 'one', level: 'silent' });

const call = (n: number): CallScript => {
  const callId: CallId = `0199a1b2-0000-7000-8000-00000000000${n}`;
  return aCall({ callId });
};
const oliviaTalks = call(1).inbound('support').queued().answeredBy('1004');
const emmaTalks = call(2).inbound('sales').queued('sales').answeredBy('2002');
const members = (supervisor: boolean) => [
  { extension: '1001', supervisor },
  { extension: '1004', supervisor: false },
];

/** Supervision on a log in memory, in which Benjamin has a token. */
const startService = async (streams = 10, ofOneCaller = 10) => {
  const env = { API_TOKEN: token, INSTANCE: 'one', LOG_LEVEL: 'silent', CALL_STREAMS: String(streams) };
  const { config } = readConfig(supervisionConfig, { ...env, CALL_STREAMS_PER_CALLER: String(ofOneCaller) });
  const memory = openMemoryStore().connect();
  const by = { actor: 'test' };
  for (const extension of ['1001', '1004', '2002'])
    await memory.settings.put(
      'extensions',
      extension,
      { name: `Name ${extension}`, outboundLineId: null },
      by,
    );
  const mark = (supervisor: boolean) =>
    memory.settings.put('ring-groups', 'support', { name: 'Support', members: members(supervisor) }, by);
  await mark(true);
  const letIn = (
    more: { readonly revokedAt?: string; readonly expiresAt?: string; readonly extension?: null } = {},
  ) =>
    memory.settings.put(
      'api-tokens',
      benjamins.id,
      {
        ...{ name: 'benjamin', hash: benjamins.hash, roles: ['supervisor'], extension: '1001' },
        ...{ createdAt: '2026-11-21T09:00:00.000Z', expiresAt: null, revokedAt: null },
        ...more,
      },
      by,
    );
  await letIn();
  let readiness: Readiness = true;
  const service = await startSupervision(
    {
      name: 'supervision',
      version: '0',
      config,
      logger,
      stopping: new AbortController().signal,
    },
    { ...memory, ready: () => readiness },
  );
  const list = async (query = '', headers: Readonly<Record<string, string>> = asAdmin) => {
    const answer = await fetch(`${service.url}/calls${query}`, { headers });
    return { status: answer.status, body: (await answer.json()) as CurrentCallsPage & { detail?: string } };
  };
  return {
    url: service.url,
    tell: tellTo(memory.log),
    mark,
    letIn,
    revoke: () => letIn({ revokedAt: '2026-11-21T10:00:00.000Z' }),
    list,
    /** Ids of the calls of an answer, by their last digit, as soon as there are so many. */
    listed: async (count: number, query = '', headers = asAdmin) => {
      await expect.poll(async () => (await list(query, headers)).body.calls.length).toBe(count);
      return (await list(query, headers)).body.calls.map(({ id }) => id.slice(-1));
    },
    away: (reason: Readiness) => {
      readiness = reason;
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
};

/** Supervision whose list shows that Olivia talks. */
const startWithCall = async () => {
  const service = await startService();
  await service.tell(oliviaTalks);
  await service.listed(1);
  return service;
};

/** A stream that has told of the one call. */
const following = async (url: string, headers: Readonly<Record<string, string>>) => {
  const stream = await openStream(url, headers);
  await stream.until('The list', () => stream.client.calls.size === 1);
  return stream;
};

describe('the list of current calls', () => {
  it('shows the calls that run, by the names of the settings, to whoever may see them', async () => {
    await using service = await startService();
    await service.tell(oliviaTalks);
    await service.tell(emmaTalks);
    expect(await service.listed(2)).toEqual(['1', '2']);
    expect(await service.listed(1, '', asBenjamin)).toEqual(['1']);
    const { body } = await service.list('?extension=1004');
    expect(body.calls[0]?.parties[1]).toMatchObject({
      extension: '1004',
      name: 'Name 1004',
      state: 'talking',
    });
    await service.tell(oliviaTalks.ends());
    expect(await service.listed(1)).toEqual(['2']);
  });

  it('is filtered by extension, ring group, line and state, and given in pages', async () => {
    await using service = await startService();
    const waiting = call(3).inbound('support').queued();
    for (const one of [oliviaTalks, emmaTalks, waiting]) await service.tell(one);
    await service.listed(3);
    expect(await service.listed(1, '?extension=2002')).toEqual(['2']);
    expect(await service.listed(2, '?ring_group=support')).toEqual(['1', '3']);
    expect(await service.listed(1, '?line=sales')).toEqual(['2']);
    expect(await service.listed(1, '?state=queue')).toEqual(['3']);
    const first = (await service.list('?limit=2')).body;
    const second = (await service.list(`?limit=2&after=${first.next}`)).body;
    expect([first, second].map(({ calls }) => calls.map(({ id }) => id.slice(-1)))).toEqual([
      ['1', '2'],
      ['3'],
    ]);
    expect(second.next).toBeNull();
  });

  it.each(['limit=0', 'limit=1001', 'state=dead', 'extension=x', 'line=A', 'after=1', 'group=support'])(
    'says what is wrong with ?%s',
    async (query) => {
      await using service = await startService();
      expect((await service.list(`?${query}`)).status).toBe(400);
    },
  );

  it('is not given as current while the log is away, and says as of when it stands', async () => {
    await using service = await startWithCall();
    service.away('NATS is away');
    const { status, body } = await service.list();
    expect(status).toBe(503);
    expect(body.detail).toMatch(/^The list is not known to be current: NATS is away\. It stands as of 20/);
  });
});

describe('the stream of current calls', () => {
  it('begins with the list and goes on with each change, uncompressed', async () => {
    await using service = await startWithCall();
    await using stream = await following(service.url, { ...asAdmin, 'accept-encoding': 'gzip' });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect([stream.headers.get('content-encoding'), stream.headers.get('cache-control')]).toEqual([
      null,
      'no-store, no-transform',
    ]);
    await service.tell(oliviaTalks.ends());
    await stream.until('The end', () => stream.client.calls.size === 0);
    expect(stream.events.map(({ event }) => event)).toEqual(['snapshot', 'changes']);
  });

  it('takes the calls away from a viewer whose mark is taken away, and not from others', async () => {
    await using service = await startWithCall();
    await using benjamins = await following(service.url, asBenjamin);
    await using admins = await following(service.url, asAdmin);
    await service.mark(false);
    await benjamins.until('The loss', () => benjamins.client.calls.size === 0);
    await service.tell(oliviaTalks.converse({ customer: 'held', 1004: 'talking' }));
    await admins.until('The hold', () => [...admins.client.calls.values()][0]?.state === 'held');
    expect(benjamins.events.map(({ event }) => event)).toEqual(['snapshot', 'changes']);
  });

  it('ends for a viewer whose token is revoked, at once, and for nobody else', async () => {
    await using service = await startWithCall();
    await using benjamins = await following(service.url, asBenjamin);
    await using admins = await following(service.url, asAdmin);
    await service.revoke();
    await benjamins.ended;
    await expect(openStream(service.url, asBenjamin)).rejects.toThrow(/^401: .*was revoked/);
    await service.tell(oliviaTalks.ends());
    await admins.until('The end', () => admins.client.calls.size === 0);
    expect(benjamins.events.map(({ event }) => event)).toEqual(['snapshot']);
  });

  it('goes on from the id of the list', async () => {
    await using service = await startWithCall();
    const { id } = (await service.list()).body;
    await service.tell(emmaTalks);
    await service.listed(2);
    const answer = await fetch(`${service.url}/calls/stream?after=${id}`, { headers: asAdmin });
    const parts: string[] = [];
    for await (const bytes of answer.body ?? []) {
      parts.push(new TextDecoder().decode(bytes));
      if (parts.join('').includes('"removed"')) break;
    }
    expect(parts.join('')).toMatch(/event: changes/);
    expect(parts.join('')).not.toMatch(/event: snapshot/);
  });

  it('says that it is behind while the log is away, and when it is current again', async () => {
    await using service = await startService();
    await using stream = await openStream(service.url, asAdmin);
    service.away('NATS is away');
    await stream.until('Being behind', () => stream.events.at(-1)?.event === 'behind');
    expect(stream.events.at(-1)?.data).toMatchObject({ reason: 'NATS is away' });
    await expect(openStream(service.url, asAdmin)).rejects.toThrow(/^503/);
    service.away(true);
    await stream.until('Being current', () => stream.events.at(-1)?.event === 'current');
  });

  it('is refused beyond as many as the process serves, and again possible when one has gone', async () => {
    await using service = await startService(1);
    const first = await openStream(service.url, asAdmin);
    await expect(openStream(service.url, asAdmin)).rejects.toThrow(/503: .*as many streams/);
    await first[Symbol.asyncDispose]();
    await expect
      .poll(async () => (await openStream(service.url, asAdmin)).headers.get('content-type'))
      .toContain('event-stream');
  });

  it('is refused beyond as many as one caller may have, and not to others', async () => {
    await using service = await startService(10, 2);
    await using first = await openStream(service.url, asBenjamin);
    await using second = await openStream(service.url, asBenjamin);
    await expect(openStream(service.url, asBenjamin)).rejects.toThrow(/503: .*one caller/);
    await using admins = await openStream(service.url, asAdmin);
    await admins.until('The list', () => admins.events.length === 1);
    expect([first, second].map(({ headers }) => headers.get('content-type'))).toHaveLength(2);
  });

  /** A place of Benjamin's so many changes further than the list. */
  const ahead = async (service: Awaited<ReturnType<typeof startService>>, changes: number) => {
    const [log, calls, ...more] = (await service.list('', asBenjamin)).body.id.split('-');
    return `${service.url}/calls/stream?after=${[log, Number(calls) + changes, ...more].join('-')}`;
  };

  it('counts from when it is waited for, until the connection ends', async () => {
    await using service = await startService(10, 1);
    const abort = new AbortController();
    const waiting = fetch(await ahead(service, 100), { headers: asBenjamin, signal: abort.signal });
    await expect.poll(() => openStream(service.url, asBenjamin).catch(String)).toMatch(/one caller/);
    abort.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    const begun = performance.now();
    await expect
      .poll(async () => openStream(service.url, asBenjamin).then(() => 'open', String), { interval: 10 })
      .toBe('open');
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('begins with the whole list, at once, for a place that nobody can have seen', async () => {
    await using service = await startService();
    const begun = performance.now();
    const answer = await fetch(await ahead(service, 1_000_000), { headers: asBenjamin });
    expect([answer.status, performance.now() - begun < 1_500]).toEqual([200, true]);
    await answer.body?.cancel();
  });

  it('is not opened for a token that is revoked while its bearer waits', async () => {
    await using service = await startService();
    const waiting = fetch(await ahead(service, 100), { headers: asBenjamin });
    await expect.poll(() => service.list('', asBenjamin).then(({ status }) => status)).toBe(200);
    await service.revoke();
    expect((await waiting).status).toBe(401);
  });

  it('ends within a second of when the token runs out', async () => {
    await using service = await startService();
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    await service.letIn({ expiresAt });
    await using benjamins = await openStream(service.url, asBenjamin);
    await benjamins.ended;
    expect(Date.now() - Date.parse(expiresAt)).toBeGreaterThanOrEqual(0);
    expect(Date.now() - Date.parse(expiresAt)).toBeLessThan(1_500);
  });

  it('and the list are refused to a supervisor without an extension, who would never see a call', async () => {
    await using service = await startService();
    await service.letIn({ extension: null });
    const { status, body } = await service.list('', asBenjamin);
    expect([status, body.detail]).toEqual([403, expect.stringContaining('names no extension')]);
    await expect(openStream(service.url, asBenjamin)).rejects.toThrow(/^403: .*names no extension/);
  });

  it('is not there for HEAD, whose answer would have no end', async () => {
    await using service = await startService();
    const answer = await fetch(`${service.url}/calls/stream`, { method: 'HEAD', headers: asAdmin });
    expect(answer.status).toBe(404);
  });

  it('ends in order when the service stops, and does not keep it from stopping', async () => {
    const service = await startService();
    const streams = await Promise.all([1, 2, 3].map(() => openStream(service.url, asAdmin)));
    const begun = performance.now();
    await service[Symbol.asyncDispose]();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
