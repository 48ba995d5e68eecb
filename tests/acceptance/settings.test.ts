import { servedKinds as kinds, settingsOwners, type ServedKind, type SettingsKind } from '@earshot/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withToken } from '../../infra/local/apply-settings.ts';
import { demoTenant } from '../../infra/local/demo-tenant.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

type Owner = (typeof settingsOwners)[SettingsKind];
const owners: readonly Owner[] = ['signaling', 'supervision', 'recording-consent'];

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly etag: string | null;
  readonly body: Record<string, unknown>;
}

const ask = async (
  owner: Owner,
  path: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const answer = await fetch(`${stage.system.services[owner].url}${path}`, {
    method,
    headers: {
      ...withToken(stage.system.admin.token),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type')?.split(';')[0] ?? null,
    etag: answer.headers.get('etag'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
};
const at = (kind: SettingsKind, id?: string): readonly [Owner, string] => [
  settingsOwners[kind],
  `/settings/${kind}${id === undefined ? '' : `/${id}`}`,
];

describe('settings of the demo tenant', () => {
  it('can be read at the service that owns them, all and one by one', async () => {
    for (const { kind, id, value } of demoTenant) {
      expect(await ask(...at(kind, id))).toMatchObject({ status: 200, body: { id, value } });
      expect((await ask(...at(kind))).body).toEqual(
        expect.arrayContaining([expect.objectContaining({ id, value })]),
      );
    }
    expect((await ask(...at('service-codes'))).body).toMatchObject([
      { value: { code: '*90', mode: 'spy' } },
      { value: { code: '*91', mode: 'whisper' } },
      { value: { code: '*92', mode: 'barge' } },
    ]);
  });

  it.each(kinds)('of the kind %s are served by their owner alone', async (kind) => {
    for (const owner of owners)
      expect((await ask(owner, `/settings/${kind}`)).status).toBe(owner === settingsOwners[kind] ? 200 : 404);
  });

  const changes: Readonly<Record<ServedKind, readonly [id: string, value: Record<string, unknown>]>> = {
    lines: [
      'orders',
      {
        number: '+41445550300',
        name: 'Orders and returns',
        type: 'phone',
        route: { to: 'group', groupId: 'sales' },
      },
    ],
    extensions: ['888', { name: 'Liam L.', outboundLineId: 'orders' }],
    'ring-groups': ['sales', { name: 'Sales', members: [{ extension: '2001', supervisor: true }] }],
    menus: ['sales', { greetingId: 'menu-sales', routes: { 1: { to: 'group', groupId: 'sales' } } }],
    greetings: ['available', { kind: 'available', language: 'de', text: 'Willkommen.' }],
    'service-codes': ['spy', { code: '*80', mode: 'spy' }],
    supervision: ['tenant', { enabled: false }],
    'recording-policies': ['support', { setting: 'opt_out' }],
  };
  it.each(kinds)(
    'of the kind %s can be changed, made and removed, and each change has a version',
    async (kind) => {
      const [id, value] = changes[kind];
      const before = await ask(...at(kind, id));
      const changed = await ask(...at(kind, id), 'PUT', value);
      expect(changed).toMatchObject({ status: before.status === 200 ? 200 : 201, body: { id, value } });
      const read = await ask(...at(kind, id));
      expect(read).toMatchObject({
        status: 200,
        etag: `"${String(changed.body['version'])}"`,
        body: { value },
      });
      expect((await ask(...at(kind, id), 'PUT', value, { 'if-match': read.etag ?? '' })).status).toBe(200);
      expect(await ask(...at(kind, id), 'PUT', value, { 'if-match': read.etag ?? '' })).toMatchObject({
        status: 412,
        type: 'application/problem+json',
      });
      expect((await ask(...at(kind, id), 'DELETE')).status).toBe(204);
      expect(await ask(...at(kind, id))).toMatchObject({ status: 404, type: 'application/problem+json' });
      if (before.status === 200)
        expect((await ask(...at(kind, id), 'PUT', before.body['value'])).status).toBe(201);
    },
  );
});

describe('bad input', () => {
  const line = {
    number: '+41445550100',
    name: 'Support',
    type: 'phone',
    route: { to: 'group', groupId: 'support' },
  };
  const group = { name: 'Support', members: [{ extension: '1001', supervisor: true }] };

  it.each<
    readonly [what: string, kind: ServedKind, id: string, value: unknown, status: number, field: string]
  >([
    ['an unknown field', 'lines', 'support', { ...line, colour: 'red' }, 422, 'colour'],
    ['a missing field', 'lines', 'support', { ...line, name: undefined }, 422, 'name'],
    ['a number of the wrong type', 'lines', 'support', { ...line, number: 41445550100 }, 422, 'number'],
    ['a number that is not E.164', 'lines', 'support', { ...line, number: '044 555 01 00' }, 422, 'number'],
    ['an empty name', 'lines', 'support', { ...line, name: '' }, 422, 'name'],
    ['a line type that there is not', 'lines', 'support', { ...line, type: 'fax' }, 422, 'type'],
    ['the number of another line', 'lines', 'support', { ...line, number: '+41445550200' }, 422, 'number'],
    [
      'a group that there is not',
      'lines',
      'support',
      { ...line, route: { to: 'group', groupId: 'billing' } },
      422,
      'route.groupId',
    ],
    [
      'an extension that there is not',
      'lines',
      'support',
      { ...line, route: { to: 'extension', extension: '4711' } },
      422,
      'route.extension',
    ],
    [
      'a menu that there is not',
      'lines',
      'support',
      { ...line, route: { to: 'menu', menuId: 'newsletter' } },
      422,
      'route.menuId',
    ],
    [
      'a route that leads nowhere',
      'lines',
      'support',
      { ...line, route: { to: 'voicemail' } },
      422,
      'route.to',
    ],
    [
      'a member that there is not',
      'ring-groups',
      'support',
      { name: 'Support', members: [...group.members, { extension: '4711', supervisor: false }] },
      422,
      'members.1.extension',
    ],
    [
      'a mark that is neither true nor false',
      'ring-groups',
      'support',
      { name: 'Support', members: [{ extension: '1001', supervisor: 'yes' }] },
      422,
      'members.0.supervisor',
    ],
    [
      'a group without members as a text',
      'ring-groups',
      'support',
      { name: 'Support', members: '1001' },
      422,
      'members',
    ],
    [
      'a greeting that there is not',
      'menus',
      'sales',
      { greetingId: 'nothing', routes: {} },
      422,
      'greetingId',
    ],
    [
      'a menu key that no telephone has',
      'menus',
      'sales',
      { greetingId: 'menu-sales', routes: { 12: { to: 'group', groupId: 'sales' } } },
      422,
      'routes.12',
    ],
    [
      'a language that is none',
      'greetings',
      'available',
      { kind: 'available', language: 'English', text: 'Hello' },
      422,
      'language',
    ],
    ['a service code without a star', 'service-codes', 'spy', { code: '90', mode: 'spy' }, 422, 'code'],
    [
      'a service code that another begins with',
      'service-codes',
      'spy',
      { code: '*910', mode: 'spy' },
      422,
      'code',
    ],
    ['a mode that there is not', 'service-codes', 'spy', { code: '*90', mode: 'listen' }, 422, 'mode'],
    ['a second setting of the one there is', 'supervision', 'other', { enabled: true }, 422, 'id'],
    ['a text for true', 'supervision', 'tenant', { enabled: 'true' }, 422, 'enabled'],
    ['opt_in on a digital line', 'recording-policies', 'web-widget', { setting: 'opt_in' }, 422, 'setting'],
    ['opt_out on a digital line', 'recording-policies', 'web-widget', { setting: 'opt_out' }, 422, 'setting'],
    [
      'a recording setting that there is not',
      'recording-policies',
      'support',
      { setting: 'sometimes' },
      422,
      'setting',
    ],
    ['a list where an object belongs', 'recording-policies', 'support', [], 422, ''],
    ['an id with a dot', 'lines', 'sup.port', line, 400, 'id'],
    ['an id with a wildcard', 'lines', '%2A', line, 400, 'id'],
    ['an id in capitals', 'lines', 'Support', line, 400, 'id'],
    ['an id with a blank', 'lines', 'sup%20port', line, 400, 'id'],
    [
      'an extension that is no number',
      'extensions',
      'olivia',
      { name: 'Olivia', outboundLineId: null },
      400,
      'id',
    ],
  ])(
    '%s is refused with the field and a reason, and nothing changes',
    async (_, kind, id, value, status, field) => {
      const before = (await ask(...at(kind))).body;
      const answer = await ask(...at(kind, id), 'PUT', value);
      expect(answer).toMatchObject({
        status,
        type: 'application/problem+json',
        body: { status, type: 'about:blank' },
      });
      const errors = answer.body['errors'] as readonly { field: string; reason: string }[];
      expect(errors.map((error) => error.field)).toContain(field);
      for (const { reason } of errors) expect(reason).toMatch(/\w{2}/);
      expect((await ask(...at(kind))).body).toEqual(before);
    },
  );

  it.each<readonly [what: string, body: string | undefined, headers: Record<string, string>, status: number]>(
    [
      ['JSON that is broken off', '{"setting":', {}, 400],
      ['no body at all', '', {}, 400],
      ['a form', 'setting=never', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
      ['plain text', 'never', { 'content-type': 'text/plain' }, 415],
      ['XML', '<setting>never</setting>', { 'content-type': 'application/xml' }, 415],
      [
        'a body that is far too large',
        JSON.stringify({ setting: 'never', more: 'x'.repeat(300_000) }),
        {},
        413,
      ],
      ['a version that is none', '{"setting":"opt_in"}', { 'if-match': 'yesterday' }, 400],
      ['a version that stands no more', '{"setting":"opt_in"}', { 'if-match': '"1"' }, 412],
      [
        'a field that would change every object',
        '{"setting":"opt_in","__proto__":{"setting":"never"}}',
        {},
        400,
      ],
    ],
  )('%s is answered as a problem', async (_, body, headers, status) => {
    const answer = await ask(...at('recording-policies', 'support'), 'PUT', body, headers);
    expect(answer).toMatchObject({
      status,
      type: 'application/problem+json',
      body: { status, detail: expect.stringMatching(/\w/) as string },
    });
    expect(await ask(...at('recording-policies', 'support'))).toMatchObject({
      body: { value: { setting: 'opt_in' } },
    });
  });

  it('a path that there is not is answered as a problem too', async () => {
    expect(await ask('signaling', '/settings/nothing')).toMatchObject({
      status: 404,
      type: 'application/problem+json',
    });
    expect(await ask('signaling', '/settings/lines/support', 'POST', line)).toMatchObject({
      status: 404,
      type: 'application/problem+json',
    });
  });
});

it.each([...owners, 'reporting'] as const)('%s describes its API on a page and as OpenAPI', async (name) => {
  const { url } = stage.system.services[name];
  const page = await fetch(`${url}/docs`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
  const document = (await (await fetch(`${url}/docs/json`)).json()) as {
    openapi: string;
    paths: Record<string, unknown>;
  };
  expect(document.openapi).toMatch(/^3\./);
  const described =
    name === 'reporting'
      ? ['/api/v2/channels/voice/stats/incremental/calls', '/api/v2/channels/voice/stats/incremental/legs']
      : kinds.filter((kind) => settingsOwners[kind] === name).map((kind) => `/settings/${kind}/{id}`);
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(described));
});
