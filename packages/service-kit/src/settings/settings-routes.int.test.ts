import { openMemoryStore } from '@earshot/event-log';
import { expect, test } from 'vitest';
import { environmentToken } from '../access/sign-in.ts';
import { createHttpServer } from '../http/http-server.ts';
import { problemType } from '../http/problem.ts';
import { createLogger } from '../logging/logger.ts';
import { settingsRoutes, type SettingsRoutesOptions } from './settings-routes.ts';

const token = 'correct-horse-battery-staple-and-more';
const line = {
  number: '+41445550100',
  name: 'Support',
  type: 'phone',
  route: { to: 'group', groupId: 'support' },
};

const start = async (options: Partial<SettingsRoutesOptions> = {}) => {
  const { settings } = openMemoryStore().connect();
  const view = await settings.view();
  const server = await createHttpServer({
    name: 'test',
    version: '1.0.0',
    logger: createLogger({ service: 'test', instance: 'one', level: 'silent' }),
    ready: () => true,
    signIn: environmentToken(token),
  });
  settingsRoutes(server, { owner: 'signaling', settings, view, ...options });
  const ask = async (
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    payload?: object,
    headers: Record<string, string> = {},
  ) => {
    const response = await server.inject({
      method,
      url: `/settings/${path}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      etag: response.headers.etag,
      body: response.body === '' ? undefined : response.json<Record<string, unknown>>(),
    };
  };
  return {
    server,
    settings,
    ask,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await view[Symbol.asyncDispose]();
    },
  };
};

test('a line that was set is read back at once, with its version and the id it keeps in exports', async () => {
  await using api = await start();
  const created = await api.ask('PUT', 'lines/support', line);
  expect(created).toMatchObject({
    status: 201,
    body: { id: 'support', version: 1, exportId: 1, value: line },
  });
  const changed = await api.ask('PUT', 'lines/support', { ...line, name: 'Help' });
  expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { version: 2, exportId: 1 } });
  expect(await api.ask('GET', 'lines/support')).toMatchObject({
    status: 200,
    etag: '"2"',
    body: { value: { name: 'Help' } },
  });
  expect((await api.ask('GET', 'lines')).body).toEqual([changed.body]);
});

test('a line that was removed is not there any more', async () => {
  await using api = await start();
  await api.ask('PUT', 'lines/support', line);
  expect((await api.ask('DELETE', 'lines/support')).status).toBe(204);
  expect(await api.ask('GET', 'lines/support')).toMatchObject({ status: 404, type: problemType });
  expect((await api.ask('DELETE', 'lines/support')).status).toBe(404);
  expect((await api.ask('GET', 'lines')).body).toEqual([]);
});

test('who changes an old version is told so, and nothing changes', async () => {
  await using api = await start();
  await api.ask('PUT', 'lines/support', line);
  await api.ask('PUT', 'lines/support', { ...line, name: 'Second' }, { 'if-match': '"1"' });
  expect(
    await api.ask('PUT', 'lines/support', { ...line, name: 'Third' }, { 'if-match': '"1"' }),
  ).toMatchObject({ status: 412, type: problemType });
  expect(await api.ask('DELETE', 'lines/support', undefined, { 'if-match': '"1"' })).toMatchObject({
    status: 412,
  });
  expect(await api.ask('PUT', 'lines/support', line, { 'if-match': 'yesterday' })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'if-match' }] },
  });
  expect(await api.ask('GET', 'lines/support')).toMatchObject({
    body: { version: 2, value: { name: 'Second' } },
  });
});

test('a value that does not fit is refused with each field and reason', async () => {
  await using api = await start();
  expect(await api.ask('PUT', 'lines/support', { ...line, number: '044', colour: 'red' })).toMatchObject({
    status: 422,
    type: problemType,
    body: { errors: [{ field: 'number' }, { field: 'colour', reason: 'is not a known field' }] },
  });
});

test('an id that could not stand in a subject, or is no extension, is refused', async () => {
  await using api = await start();
  const extension = { name: 'Olivia', outboundLineId: null };
  const answers = await Promise.all(
    ['Support', 'a.b', '*', '%3E', 'a%20b'].map((id) => api.ask('PUT', `lines/${id}`, line)),
  );
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  expect(await api.ask('PUT', 'extensions/olivia', extension)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'id' }] },
  });
  expect((await api.ask('PUT', 'extensions/1004', extension)).status).toBe(201);
});

test('what only the service knows to be wrong is refused with the field too', async () => {
  await using api = await start({
    owner: 'recording-consent',
    check: (_kind, id, value) =>
      id === 'widget' && 'setting' in value && value.setting === 'opt_in'
        ? [{ field: 'setting', reason: 'must be always or never on a digital line' }]
        : [],
  });
  expect(await api.ask('PUT', 'recording-policies/widget', { setting: 'opt_in' })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'setting', reason: 'must be always or never on a digital line' }] },
  });
  expect((await api.ask('GET', 'recording-policies/widget')).status).toBe(404);
  expect((await api.ask('PUT', 'recording-policies/widget', { setting: 'never' })).status).toBe(201);
});

test('a service serves the kinds it owns and no others, all on the OpenAPI page', async () => {
  await using api = await start({ owner: 'supervision' });
  expect((await api.ask('GET', 'service-codes')).status).toBe(200);
  expect((await api.ask('GET', 'lines')).status).toBe(404);
  await api.server.ready();
  const paths = (await api.server.inject('/docs/json')).json<{
    paths: Record<string, Record<string, unknown>>;
  }>().paths;
  expect(Object.keys(paths).filter((path) => path.startsWith('/settings'))).toEqual([
    '/settings/service-codes',
    '/settings/service-codes/{id}',
    '/settings/supervision',
    '/settings/supervision/{id}',
  ]);
  expect(Object.keys(paths['/settings/supervision/{id}'] ?? {})).toEqual(
    expect.arrayContaining(['get', 'put', 'delete']),
  );
});
