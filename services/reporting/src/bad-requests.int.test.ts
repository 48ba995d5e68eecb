import { afterAll, beforeAll, expect, it } from 'vitest';
import { tryBadRequests, type TriedRequest } from './bad-requests.ts';
import { authorization, callNumber, reader } from './reporting-under-test.ts';
import { apiToken, startServiceUnderTest, type ServiceUnderTest } from './service-under-test.ts';

let reporting: ServiceUnderTest;
beforeAll(async () => {
  reporting = await startServiceUnderTest();
  for (let n = 1; n <= 20; n += 1)
    await reporting.append(callNumber(n).queued().rings('1004').answeredBy('1004').ends());
}, 60_000);
afterAll(async () => {
  await reporting[Symbol.asyncDispose]();
});

const base = '/api/v2/channels/voice';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const routes = {
  paths: [
    `${base}/stats/incremental/calls`,
    `${base}/stats/incremental/legs`,
    `${base}/stats/incremental/calls.json`,
    `${base}/stats/incremental/CALLS`,
    `${base}//stats/incremental/calls`,
    `${base}/../voice/stats/incremental/calls`,
    base,
    `${base}/%zz`,
    '/projection',
    '/projection/rebuild',
    '/docs',
    '/docs/json',
    '/health/ready',
    '/health/live',
    '*',
    'http://evil.example.com/projection',
    '',
  ],
  authorizations: [authorization, authorization, `Bearer ${reader.token}`],
  guesses: [
    '',
    'Basic',
    'Basic ',
    'Basic !!!!',
    basic('nocolon'),
    basic(':'),
    basic(`${reader.email}/token:`),
    basic(`${reader.email}/token:wrong`),
    'Bearer',
    'Bearer x',
    `Bearer ${apiToken}`,
    `Bearer ${apiToken}`,
    'Digest a=b',
    `Basic ${'A'.repeat(8000)}`,
    'Basic \xFF\xFE',
    'Bearer \0',
  ],
};

const leaks = /\bat .*(\.ts|\.js|node:)[:\d]|node_modules|pg_|relation "|syntax error at/;
const isFormless = ({ request, status, headers, body }: TriedRequest): boolean => {
  const [method = '', path = ''] = request.split(' ', 2);
  // What is no HTTP at all, and a path that is no path, is answered before any route is known.
  if (
    !path.startsWith(`${base}/`) ||
    method === 'HEAD' ||
    status < 400 ||
    !/content-type: application\/json/i.test(headers)
  )
    return false;
  const { error, description, message } = JSON.parse(body) as Record<string, unknown>;
  return message === undefined && (typeof error !== 'string' || typeof description !== 'string');
};

it.each([12_345, Math.floor(Math.random() * 2 ** 31)])(
  'no bad request of 5,000 (seed %i) has an answer that says the fault is ours',
  async (seed) => {
    const { found, statuses } = await tryBadRequests(reporting.service.url, routes, {
      seed,
      count: 5000,
      wrong: (tried) =>
        tried.status >= 500 || tried.status === -1 || leaks.test(tried.body) || isFormless(tried),
    });
    const shown = found.map(
      ({ request, status, body }) => `${status} to ${request.slice(0, 300)}: ${body.slice(0, 200)}`,
    );
    expect({ seed, shown }).toEqual({ seed, shown: [] });
    expect(
      [statuses[200], statuses[401], statuses[404], statuses[422]].every((times) => (times ?? 0) > 50),
      JSON.stringify(statuses),
    ).toBe(true);
    expect(reporting.service.ready()).toBe(true);
  },
  120_000,
);
