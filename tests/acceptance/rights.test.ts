import { mayDo, rights, roles, type Right, type Role } from '@earshot/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askApi } from '../../infra/local/ask-api.ts';
import { routesOf, type OpenApi, type Route } from './described-routes.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const services = ['signaling', 'supervision', 'recording-consent', 'reporting'] as const;
type Place = Route & { readonly service: (typeof services)[number] };

const everyRoute = async (): Promise<readonly Place[]> => {
  const documents = await Promise.all(
    services.map(async (service) => {
      const answer = await fetch(`${stage.system.services[service].url}/docs/json`);
      return routesOf((await answer.json()) as OpenApi).map((route) => ({ ...route, service }));
    }),
  );
  return documents.flat();
};

/** Nothing that there is: whoever may do it does no harm. */
const harmless = { support: 'no-such-thing', '1004': '9999', '+41795551001': '+41790000000' } as const;
const filled = ({ path, ids }: Route): string => {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => {
    const id = ids[next++] ?? '';
    return id in harmless ? harmless[id as keyof typeof harmless] : id;
  });
};

const statusOf = async (route: Place, token?: string): Promise<number> => {
  const answer = await fetch(`${stage.system.services[route.service].url}${filled(route)}`, {
    method: route.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(route.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    // A body that fits nothing: whether it may be sent is decided before it is read.
    ...(route.body === undefined ? {} : { body: '{"nothing":"that fits"}' }),
  });
  // Some answers go on for hours.
  await answer.body?.cancel();
  return answer.status;
};

const tokenFor = async (held: readonly Role[], name: string): Promise<{ id: string; token: string }> => {
  const { services: all, admin } = stage.system;
  return askApi({ url: all.supervision.url, token: admin.token }, 'POST', '/api-tokens', {
    name,
    roles: held,
    extension: '1001',
  });
};

it('every route of every service opens to the roles that the table names, and to no other', async () => {
  const routes = await everyRoute();
  const open = routes.filter(({ right }) => right === undefined).map(({ path }) => path);
  expect([...new Set(open)].toSorted()).toEqual(['/health/live', '/health/ready']);
  expect(new Set(routes.flatMap(({ right }) => right ?? []))).toEqual(new Set(Object.keys(rights)));

  for (const role of roles) {
    const { token } = await tokenFor([role], `a-${role}`);
    for (const route of routes) {
      const status = await statusOf(route, token);
      const isLetIn = route.right === undefined || mayDo([role], route.right);
      expect([role, route.method, route.path, status === 403, status === 401]).toEqual([
        role,
        route.method,
        route.path,
        !isLetIn,
        false,
      ]);
      expect(status).toBeLessThan(500);
    }
  }
});

it('without a token, and with one that was revoked, every route but health is closed', async () => {
  const routes = (await everyRoute()).filter(({ right }) => right !== undefined);
  const { id, token } = await tokenFor(['admin'], 'soon-gone');
  const { services: all, admin } = stage.system;
  await askApi({ url: all.supervision.url, token: admin.token }, 'DELETE', `/api-tokens/${id}`);
  for (const route of routes) {
    expect([route.path, await statusOf(route)]).toEqual([route.path, 401]);
    expect([route.path, await statusOf(route, token)]).toEqual([route.path, 401]);
  }
});

it('a revoked token opens no other service either, within a second', async () => {
  const { id, token } = await tokenFor(['admin'], 'used-elsewhere');
  const me = (service: Place['service']) =>
    fetch(`${stage.system.services[service].url}/me`, { headers: { authorization: `Bearer ${token}` } });
  for (const service of services) expect((await me(service)).status).toBe(200);
  const { services: all, admin } = stage.system;
  const api = { url: all.supervision.url, token: admin.token };
  expect(await askApi(api, 'GET', `/api-tokens/${id}`)).toMatchObject({
    lastUsedAt: expect.stringMatching(/Z$/) as string,
  });
  await askApi(api, 'DELETE', `/api-tokens/${id}`);
  await expect
    .poll(async () => Promise.all(services.map(async (service) => (await me(service)).status)), {
      timeout: 5_000,
    })
    .toEqual([401, 401, 401, 401]);
});

it('every person of the demo tenant has a token of their own, with what they may do', async () => {
  const { people, services: all } = stage.system;
  expect(Object.keys(people).toSorted()).toEqual(['1001', '1004', '1005', '2001', '2002', '888']);
  for (const [extension, { name, token }] of Object.entries(people)) {
    const who = await askApi<{ rights: Right[] }>({ url: all.signaling.url, token }, 'GET', '/me');
    expect(who).toMatchObject({
      name: name.toLowerCase(),
      extension,
      roles: [['1001', '2002'].includes(extension) ? 'supervisor' : 'agent'],
    });
    expect(who.rights).not.toContain('settings:write');
  }
});
