import { startOtlpReceiver } from '@earshot/testkit/telemetry';
import { metricNames } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { startTelemetry } from '../telemetry/telemetry.ts';
import { wrongTokensPerMinute } from './authentication.ts';
import { environmentToken } from '../access/sign-in.ts';
import type { HttpServerOptions } from './http-server.ts';
import { problemType } from './problem.ts';
import { createLoggedServer, token } from './testing/logged-server.ts';

const start = async (options: Partial<HttpServerOptions> = {}) => {
  const { server, lines } = await createLoggedServer(options);
  server.get('/secret', { config: { right: 'self:read' } }, () => ({ secret: true }));
  const ask = async (authorization?: string, from = '192.0.2.1', headers: Record<string, string> = {}) => {
    const response = await server.inject({
      url: '/secret',
      remoteAddress: from,
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    });
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      headers: response.headers,
      text: response.body,
    };
  };
  const guess = async (times: number, from?: string, headers?: Record<string, string>) => {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1)
      statuses.push((await ask(`Bearer guess-number-${n}`, from, headers)).status);
    return statuses;
  };
  return { server, ask, guess, lines, [Symbol.asyncDispose]: () => server.close() };
};

test('a server that was given no token is closed, and says which setting opens it', async () => {
  await using http = await start({ signIn: environmentToken(undefined) });
  for (const authorization of [
    undefined,
    'Bearer ',
    'Bearer undefined',
    `Basic ${btoa('admin:')}`,
    `Bearer ${token}`,
  ]) {
    const { status, type, text } = await http.ask(authorization);
    expect([status, type]).toEqual([401, problemType]);
    expect(text).toContain('API_TOKEN');
    expect(text).not.toContain('secret');
  }
  for (const url of ['/health/live', '/health/ready', '/docs/', '/docs/json']) {
    expect((await http.server.inject(url)).statusCode).toBe(200);
  }
  expect((await http.server.inject('/nowhere')).statusCode).toBe(401);
});

test('who guesses tokens is held off for the rest of a minute, right tokens included, and nobody else is', async () => {
  await using http = await start();
  const statuses = await http.guess(wrongTokensPerMinute + 3);
  expect(statuses).toEqual([...Array.from({ length: wrongTokensPerMinute }, () => 401), 429, 429, 429]);
  const held = await http.ask(`Bearer ${token}`);
  expect([held.status, held.type]).toEqual([429, problemType]);
  const seconds = Number(held.headers['retry-after']);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
  expect((await http.ask(`Bearer ${token}`, '192.0.2.2')).status).toBe(200);
});

test('a request without a token is no guess, and neither is a right one', async () => {
  await using http = await start();
  for (let n = 0; n < 2 * wrongTokensPerMinute; n += 1) {
    expect((await http.ask()).status).toBe(401);
    expect((await http.ask(`Bearer ${token}`)).status).toBe(200);
  }
});

test('one network of IPv6 is one guesser, however many addresses it has', async () => {
  await using http = await start();
  for (let n = 0; n < wrongTokensPerMinute; n += 1) await http.guess(1, `2001:db8:0:1:${n.toString(16)}::1`);
  expect(await http.guess(1, '2001:db8:0:1:ffff::2')).toEqual([429]);
  expect(await http.guess(1, '2001:db8:0:2::1')).toEqual([401]);
});

test('a forwarded address counts only from a proxy that is configured', async () => {
  await using http = await start({ trustedProxies: '10.0.0.0/8' });
  for (let n = 0; n < wrongTokensPerMinute; n += 1)
    await http.guess(1, '192.0.2.1', { 'x-forwarded-for': `198.51.100.${n}` });
  expect(await http.guess(1, '192.0.2.1', { 'x-forwarded-for': '198.51.100.99' })).toEqual([429]);
  for (let n = 0; n < wrongTokensPerMinute; n += 1)
    await http.guess(1, '10.0.0.1', { 'x-forwarded-for': '198.51.100.1' });
  expect(await http.guess(1, '10.0.0.1', { 'x-forwarded-for': '198.51.100.1' })).toEqual([429]);
  expect(await http.guess(1, '10.0.0.1', { 'x-forwarded-for': '198.51.100.2' })).toEqual([401]);
});

test('a proxy that is none is refused in a sentence that names the setting', async () => {
  await expect(start({ trustedProxies: 'loopback, the proxy' })).rejects.toThrow(
    /^TRUSTED_PROXIES .* "loopback, the proxy"/,
  );
});

test('every wrong token counts in the metrics and is told in the log by address, never by what was tried', async () => {
  await using receiver = await startOtlpReceiver();
  const lines: string[] = [];
  {
    await using _telemetry = startTelemetry({
      service: 'test',
      version: '1.0.0',
      instance: 'one',
      endpoint: receiver.url,
    });
    await using http = await start();
    await http.guess(wrongTokensPerMinute + 3);
    lines.push(...http.lines);
  }
  expect(receiver.metricNames()).toContain(metricNames.wrongTokens);
  const told = lines.filter((line) => line.includes('wrong token'));
  expect(told).toHaveLength(wrongTokensPerMinute + 1);
  for (const line of told) expect(JSON.parse(line)).toMatchObject({ level: 'warn', address: '192.0.2.1' });
  expect(lines.join()).not.toContain('guess-number');
});

test('whoever lacks a right is told which, and no guess is counted', async () => {
  await using http = await start({
    signIn: ({ token: given }) => ({
      name: 'olivia',
      roles: given === 'none' ? [] : ['agent'],
      extension: '1004',
    }),
  });
  http.server.get('/settings', { config: { right: 'settings:write' } }, () => ({}));
  for (let n = 0; n < 2 * wrongTokensPerMinute; n += 1) {
    const answer = await http.server.inject({ url: '/settings', headers: { authorization: 'Bearer agent' } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      detail:
        'The right settings:write is missing: to change and remove settings. Roles that have it: admin; yours: agent.',
    });
  }
  const none = await http.server.inject({ url: '/settings', headers: { authorization: 'Bearer none' } });
  expect(none.json()).toMatchObject({ detail: expect.stringContaining('you have no role') as string });
});

test('a route that names no right keeps the server from starting', async () => {
  await using http = await start();
  http.server.get('/forgotten', () => ({}));
  await expect(http.server.ready()).rejects.toThrow(
    'The route GET /forgotten names no right, and is not open.',
  );
});

test('a token that was refused for a reason is no guess', async () => {
  await using http = await start({ signIn: () => ({ refused: 'This API token was revoked.' }) });
  for (let n = 0; n < 2 * wrongTokensPerMinute; n += 1) {
    const { status, text } = await http.ask('Bearer revoked');
    expect([status, text.includes('This API token was revoked.')]).toEqual([401, true]);
  }
});
