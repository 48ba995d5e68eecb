import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { CallsPage, ExportError, LegsPage } from '@earshot/contracts';
import { testPostgres } from '@earshot/testkit/postgres';
import {
  authorization,
  callNumber,
  reader,
  startReportingUnderTest,
  type ReportingUnderTest,
} from '../reporting-under-test.ts';

const calls = '/api/v2/channels/voice/stats/incremental/calls';
const legs = '/api/v2/channels/voice/stats/incremental/legs';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

let postgres: Awaited<ReturnType<typeof testPostgres>>;
let reporting: ReportingUnderTest;
beforeAll(async () => {
  postgres = await testPostgres();
  reporting = await startReportingUnderTest(await postgres.createDatabase('routes'));
  reporting.setTime('2026-11-21T09:00:07.640Z');
  await reporting.append(callNumber(1).queued().rings('1004').answeredBy('1004').ends());
  await reporting.append(callNumber(2).queued());
  await reporting.append(callNumber(3).queued());
  await reporting.projected();
});
afterAll(async () => {
  await reporting[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const ask = async (
  pathAndQuery: string,
  headers: Record<string, string> = { authorization },
  url = reporting.url,
) => {
  const response = await fetch(`${url}${pathAndQuery}`, { headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
};

/** A request with any Host, which `fetch` sets by itself. */
const rawGet = (
  path: string,
  host: string,
  url = reporting.url,
): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path, headers: { authorization, host } }, (response) => {
      let body = '';
      response
        .on('data', (chunk) => {
          body += String(chunk);
        })
        .on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
    }).on('error', reject);
  });

const bytesOnTheWire = (path: string, encoding: string, url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path, headers: { authorization, 'accept-encoding': encoding } }, (response) => {
      let bytes = 0;
      response
        .on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        })
        .on('end', () => {
          resolve(bytes);
        });
    }).on('error', reject);
  });

describe('a page', () => {
  it.each([
    [calls, CallsPage],
    [`${calls}.json`, CallsPage],
    [legs, LegsPage],
    [`${legs}.json`, LegsPage],
  ])('of %s has exactly the form of the contract', async (path, schema) => {
    const { status, body } = await ask(`${path}?start_time=0`);
    expect(status).toBe(200);
    expect([...Value.Errors(schema, body)]).toEqual([]);
  });

  it('counts its own rows and ends with the second of its newest one', async () => {
    const { body } = await ask(`${calls}?start_time=0`);
    expect(body).toMatchObject({ count: 3, end_time: Date.parse('2026-11-21T09:00:07Z') / 1000 });
  });

  it('begins with the calls of the very second asked for', async () => {
    const second = Date.parse('2026-11-21T09:00:07Z') / 1000;
    expect((await ask(`${calls}?start_time=${second}`)).body['count']).toBe(3);
    expect((await ask(`${calls}?start_time=${second + 1}`)).body['count']).toBe(0);
  });

  it('that is empty names itself as the next one and echoes the time asked for', async () => {
    const path = `${calls}.json?start_time=4102444800&anything=1`;
    expect((await ask(path)).body).toEqual({
      calls: [],
      count: 0,
      end_time: 4_102_444_800,
      next_page: `${reporting.url}${path}`,
    });
  });

  it('can be asked for as late as a client can count', async () => {
    expect((await ask(`${calls}?start_time=9007199254740991`)).body['count']).toBe(0);
  });

  it('keeps a smaller page size all the way, and ignores a larger one', async () => {
    const first = await ask(`${calls}?start_time=0&per_page=2`);
    expect(first.body['count']).toBe(2);
    const second = await ask(String(first.body['next_page']).slice(reporting.url.length));
    expect(second.body['count']).toBe(1);
    expect((await ask(`${calls}?start_time=0&limit=5000`)).body['count']).toBe(3);
  });

  it('names the host that the client used, whatever a proxy or whoever plays one says', async () => {
    const { body } = await ask(`${calls}?start_time=0`, {
      authorization,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example.com',
      forwarded: 'host=evil.example.com',
    });
    expect(body['next_page']).toMatch(new RegExp(`^${reporting.url}${calls}\\?start_time=\\d+&after=`));
  });

  it.each([
    'evil.example.com',
    '127.0.0.1.evil.example.com',
    '127.0.0.1@evil.example.com',
    'x"><script>',
    '127.0.0.1:80:80',
  ])('is refused to a client that calls us %s', async (host) => {
    const { status, body } = await rawGet(`${calls}?start_time=0`, host);
    expect([status === 421 || status === 400, body.includes(host)]).toEqual([true, false]);
  });

  it('names an allowed host with the port that the client used', async () => {
    await using configured = await startReportingUnderTest(await postgres.createDatabase('hosts'), {
      hosts: ['calls.internal', 'other.internal:8443'],
    });
    const nextPageFor = async (host: string) => {
      const { status, body } = await rawGet(`${calls}?start_time=5`, host, configured.url);
      return status === 200 ? (JSON.parse(body) as { next_page: string }).next_page : status;
    };
    expect(await nextPageFor('Calls.internal:9000')).toBe(`http://calls.internal:9000${calls}?start_time=5`);
    expect(await nextPageFor('other.internal:8443')).toBe(`http://other.internal:8443${calls}?start_time=5`);
    expect(await nextPageFor('other.internal:80')).toBe(421);
  });

  it('names the configured public address before anything else', async () => {
    await using configured = await startReportingUnderTest(await postgres.createDatabase('public_address'), {
      publicBase: 'https://calls.example.com/',
    });
    const { body } = await rawGet(`${legs}?start_time=5`, 'other.example.com', configured.url);
    expect((JSON.parse(body) as { next_page: string }).next_page).toBe(
      `https://calls.example.com${legs}?start_time=5`,
    );
  });

  it('is compressed for whoever takes it so, and says the same', async () => {
    await using filled = await startReportingUnderTest(await postgres.createDatabase('compressed'));
    for (let n = 1; n <= 100; n += 1) await filled.append(callNumber(n));
    await filled.projected();
    const get = async (encoding: string) => {
      const response = await fetch(`${filled.url}${calls}?start_time=0`, {
        headers: { authorization, 'accept-encoding': encoding },
      });
      return {
        encoding: response.headers.get('content-encoding'),
        text: await response.text(),
        sent: await bytesOnTheWire(`${calls}?start_time=0`, encoding, filled.url),
      };
    };
    const [plain, packed] = [await get('identity'), await get('gzip, br')];
    expect([plain.encoding, packed.encoding]).toEqual([null, 'gzip']);
    const withoutPlace = (text: string) => text.replace(/"next_page":"[^"]*"/, '');
    expect(withoutPlace(packed.text)).toBe(withoutPlace(plain.text));
    expect(packed.sent).toBeLessThan(plain.sent / 10);
  });

  it('holds rows of its own tenant only', async () => {
    await reporting.db.updateTable('calls').set({ tenant: 'other-company' }).where('id', '=', 1).execute();
    await reporting.db
      .updateTable('legs')
      .set({ tenant: 'other-company' })
      .where('call_export_id', '=', 1)
      .execute();
    const rows = [
      (await ask(`${calls}?start_time=0`)).body['calls'],
      (await ask(`${legs}?start_time=0`)).body['legs'],
    ] as { id: number; call_id?: number }[][];
    expect(rows.map((list) => list.some((row) => (row.call_id ?? row.id) === 1))).toEqual([false, false]);
    await reporting.db.updateTable('calls').set({ tenant: 'test' }).execute();
    await reporting.db.updateTable('legs').set({ tenant: 'test' }).execute();
  });
});

describe('signing in', () => {
  it.each([
    ['the API token', basic(`${reader.email}/token:${reader.token}`)],
    ['the password', basic(`${reader.email}:${reader.password}`)],
    ['a bearer token', `Bearer ${reader.token}`],
  ])('works with %s', async (_how, header) => {
    expect((await ask(`${calls}?start_time=0`, { authorization: header })).status).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['another token', { authorization: basic(`${reader.email}/token:wrong`) }],
    ['another address', { authorization: basic(`other@example.com/token:${reader.token}`) }],
    ['an unknown scheme', { authorization: `Digest ${reader.token}` }],
  ])('fails with %s, in the form that connectors read', async (_how, headers) => {
    const { status, body, headers: answered } = await ask(`${calls}?start_time=0`, headers);
    expect(status).toBe(401);
    expect(body['error']).toBe("Couldn't authenticate you");
    expect(Value.Check(ExportError, body)).toBe(true);
    expect(answered.get('retry-after')).toBeNull();
  });

  it('is not enough for a reader without the right to read', async () => {
    await using guarded = await startReportingUnderTest(await postgres.createDatabase('forbidden'), {
      readers: [],
      signIn: ({ token }) =>
        token === reader.token ? { name: 'olivia', roles: ['agent'], extension: '1004' } : undefined,
    });
    const { status, body } = await ask(`${calls}?start_time=0`, { authorization }, guarded.url);
    expect([status, Value.Check(ExportError, body)]).toEqual([403, true]);
  });
});

describe('guessing', () => {
  const guess = (url: string, n: number) =>
    ask(`${calls}?start_time=0`, { authorization: basic(`${reader.email}/token:wrong-${n}`) }, url);

  it('ends after ten wrong guesses of an address, even if the next one were right', async () => {
    await using guessed = await startReportingUnderTest(await postgres.createDatabase('guessed'));
    const answers = [];
    for (let n = 1; n <= 11; n += 1) answers.push(await guess(guessed.url, n));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    expect([
      answers[10]?.body['error'],
      /^[1-6]?\d$/.test(answers[10]?.headers.get('retry-after') ?? ''),
    ]).toEqual(['TooManyFailedSignIns', true]);
    expect((await ask(`${calls}?start_time=0`, { authorization }, guessed.url)).status).toBe(429);
  });

  it('is not what a connector does that knows the token, however often it asks', async () => {
    await using asked = await startReportingUnderTest(await postgres.createDatabase('not_guessed'));
    const statuses = new Set<number>();
    for (let n = 1; n <= 30; n += 1)
      statuses.add((await ask(`${calls}?start_time=0`, { authorization }, asked.url)).status);
    for (let n = 1; n <= 30; n += 1) statuses.add((await ask(`${calls}?start_time=0`, {}, asked.url)).status);
    expect([...statuses]).toEqual([200, 401]);
  });
});

describe('a request that cannot be served', () => {
  it.each([
    '',
    '?start_time=',
    '?start_time=-1',
    '?start_time=1.5',
    '?start_time=yesterday',
    '?start_time=0&after=made-up',
  ])('is refused with the reason: "%s"', async (query) => {
    const { status, body } = await ask(`${calls}${query}`);
    expect([status, body['error'], Value.Check(ExportError, body)]).toEqual([422, 'InvalidValue', true]);
  });

  it('for a path that there is not is answered in the same form', async () => {
    const { status, body } = await ask('/api/v2/channels/voice/nothing');
    expect([status, body['error']]).toEqual([404, 'InvalidEndpoint']);
  });

  it('is told when to come back once the limit is reached, and only then', async () => {
    await using limited = await startReportingUnderTest(await postgres.createDatabase('limited'), {
      requestsPerMinute: 2,
    });
    const answers = [];
    for (let times = 0; times < 3; times += 1)
      answers.push(await ask(`${calls}?start_time=0`, { authorization }, limited.url));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('x-rate-limit-remaining'))).toEqual(['1', '0', '0']);
    expect(answers.map(({ headers }) => /^\d+$/.test(headers.get('retry-after') ?? ''))).toEqual([
      false,
      false,
      true,
    ]);
    expect(answers[2]?.body['error']).toBe('APIRateLimitExceeded');
  });
});
