import { openMemoryStore } from '@earshot/event-log';
import { createLogger, readConfig } from '@earshot/service-kit';
import { expect, test } from 'vitest';
import { supervisionConfig } from '../config.ts';
import { startSupervision } from '../service.ts';

const admin = 'correct-horse-battery-staple-and-more';
const { config } = readConfig(supervisionConfig, { API_TOKEN: admin, INSTANCE: 'one', LOG_LEVEL: 'silent' });
const logger = createLogger({ service: 'supervision', instance: 'one', level: 'silent' });

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly id?: string; readonly token?: string };
}

const start = async () => {
  const process = openMemoryStore().connect();
  const benjamin = { name: 'Benjamin', outboundLineId: null };
  await process.settings.put('extensions', '1001', benjamin, { actor: 'test' });
  const service = await startSupervision(
    { name: 'supervision', version: '0', config, logger, stopping: new AbortController().signal },
    { ...process, ready: () => true },
  );
  const ask = async (method: string, path: string, token: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  };
  return { ask, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
};
const wanted = { name: 'benjamin', roles: ['supervisor'], extension: '1001' };

test('a token is made, shown once, used, seen to be used, and revoked at once', async () => {
  await using api = await start();
  const made = await api.ask('POST', '/api-tokens', admin, wanted);
  expect(made).toMatchObject({
    status: 201,
    body: { ...wanted, expiresAt: null, revokedAt: null, lastUsedAt: null },
  });
  const { id = '', token = '' } = made.body;
  expect(await api.ask('GET', '/me', token)).toMatchObject({
    status: 200,
    body: { name: 'benjamin', roles: ['supervisor'], extension: '1001' },
  });
  const listed = await api.ask('GET', '/api-tokens', admin);
  expect(listed.body).toMatchObject([{ id, ...wanted, lastUsedAt: expect.stringMatching(/Z$/) as string }]);
  expect(JSON.stringify(listed.body)).not.toContain(token.slice(21));
  expect(JSON.stringify(listed.body)).not.toMatch(/[0-9a-f]{64}/);

  expect((await api.ask('DELETE', `/api-tokens/${id}`, admin)).status).toBe(204);
  expect((await api.ask('DELETE', `/api-tokens/${id}`, admin)).status).toBe(204);
  expect(await api.ask('GET', '/me', token)).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining('was revoked at') as string },
  });
  expect((await api.ask('GET', `/api-tokens/${id}`, admin)).body).toMatchObject({
    revokedAt: expect.stringMatching(/Z$/) as string,
  });
});

test('a token is revoked by several at once', async () => {
  await using api = await start();
  const { id = '' } = (await api.ask('POST', '/api-tokens', admin, wanted)).body;
  const answers = await Promise.all([1, 2, 3].map(() => api.ask('DELETE', `/api-tokens/${id}`, admin)));
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
});

test('what a wanted token gets wrong is said by field', async () => {
  await using api = await start();
  const wrong = [
    [{ ...wanted, extension: '1234' }, 'extension'],
    [{ ...wanted, expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ...[
      ...['soon', '2099', '2099-01-01', '2099-01-01T00:00:00', 'Thu, 01 Jan 2099', '2099-02-30T00:00:00Z'],
      ...['2099-01-01 (\u001B[31m)', '+010000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '275760-09-13'],
    ].map((expiresAt) => [{ ...wanted, expiresAt }, 'expiresAt'] as const),
    [{ ...wanted, roles: [] }, 'roles'],
    [{ ...wanted, roles: ['owner'] }, 'roles.0'],
    [{ ...wanted, name: 'two words' }, 'name'],
    [{ ...wanted, hash: 'x' }, 'hash'],
  ] as const;
  for (const [body, field] of wrong)
    expect(await api.ask('POST', '/api-tokens', admin, body)).toMatchObject({
      status: 422,
      body: { errors: [{ field }] },
    });
  expect((await api.ask('GET', '/api-tokens', admin)).body).toEqual([]);
  expect((await api.ask('GET', '/api-tokens/0123456789ab', admin)).status).toBe(404);
  expect((await api.ask('DELETE', '/api-tokens/0123456789ab', admin)).status).toBe(404);
});

test('a moment may have any offset, and is kept in UTC', async () => {
  await using api = await start();
  const body = { ...wanted, expiresAt: '2099-01-01T01:30:00+01:30' };
  expect(await api.ask('POST', '/api-tokens', admin, body)).toMatchObject({
    status: 201,
    body: { expiresAt: '2099-01-01T00:00:00.000Z' },
  });
});

test('a supervisor makes no token, and the settings do not show them', async () => {
  await using api = await start();
  const { token = '' } = (await api.ask('POST', '/api-tokens', admin, wanted)).body;
  expect(await api.ask('POST', '/api-tokens', token, { ...wanted, roles: ['admin'] })).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('tokens:write') as string },
  });
  expect((await api.ask('GET', '/settings/api-tokens', admin)).status).toBe(404);
});
