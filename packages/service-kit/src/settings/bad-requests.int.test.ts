import { expect, it } from 'vitest';
import { settingsOwners, type SettingsKind } from '@earshot/contracts';
import { openMemoryStore } from '@earshot/event-log';
import { tryBadRequests } from '@earshot/testkit/bad-requests';
import { createHttpServer, listenOn } from '../http/http-server.ts';
import { createLogger } from '../logging/logger.ts';
import { settingsRoutes } from './settings-routes.ts';

const token = 'token-of-the-api';
const ids = ['support', 'support', '1001', '1001', '*90', 'a'.repeat(64)];

it.each([54_321, Math.floor(Math.random() * 2 ** 31)])(
  'no bad request of 5,000 to the settings (seed %i) has an answer that says the fault is ours',
  async (seed) => {
    const { settings } = openMemoryStore().connect();
    await using view = await settings.view();
    const logger = createLogger({ service: 'test', instance: 'one', level: 'silent' });
    const server = await createHttpServer({
      name: 'test',
      version: '1.0.0',
      logger,
      ready: () => true,
      token,
    });
    await using _ = { [Symbol.asyncDispose]: () => server.close() };
    for (const owner of new Set(Object.values(settingsOwners)))
      settingsRoutes(server, { owner, settings, view });
    const url = await listenOn(server, { HOST: '127.0.0.1', PORT: 0 });
    const kinds = Object.keys(settingsOwners) as SettingsKind[];
    const { found, statuses } = await tryBadRequests(
      url,
      {
        paths: [
          '/settings/',
          '/settings/nothing',
          ...kinds.flatMap((kind) => [`/settings/${kind}`, ...ids.map((id) => `/settings/${kind}/${id}`)]),
        ],
        authorizations: [`Bearer ${token}`, `Basic ${Buffer.from(`anna:${token}`).toString('base64')}`],
        guesses: [
          '',
          'Basic',
          'Basic !!!!',
          'Bearer',
          'Bearer x',
          'Digest a=b',
          `Basic ${'A'.repeat(8000)}`,
          'Bearer \0',
        ],
      },
      {
        seed,
        count: 5000,
        wrong: ({ status, body }) =>
          status >= 500 || status === -1 || /\bat .*(\.ts|\.js|node:)[:\d]|node_modules/.test(body),
      },
    );
    const shown = found.map(
      ({ request, status, body }) => `${status} to ${request.slice(0, 300)}: ${body.slice(0, 200)}`,
    );
    expect({ seed, shown }).toEqual({ seed, shown: [] });
    expect(
      [statuses[200], statuses[400], statuses[404], statuses[422]].every((times) => (times ?? 0) > 5),
      JSON.stringify(statuses),
    ).toBe(true);
  },
  120_000,
);
