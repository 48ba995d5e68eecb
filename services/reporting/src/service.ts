import { createHttpServer, listenOn, type RunningService, type StartContext } from '@earshot/service-kit';
import type { EventLog } from '@earshot/event-log';
import type { FastifyInstance } from 'fastify';
import { openDatabase } from './adapters/database.ts';
import { migrate } from './adapters/migrate.ts';
import { Projector } from './adapters/projector.ts';
import { readCalls, readLegs } from './adapters/read-page.ts';
import type { ReportingConfig } from './config.ts';
import { exportRoutes } from './http/export-routes.ts';
import { projectionRoutes } from './http/projection-routes.ts';

/**
 * Reporting, as a table of contents: every commit of CALLS -> `projectCall` -> rows in PostgreSQL -> the incremental export.
 * It decides nothing and writes nothing to the log.
 */
export const startReporting = async (
  { name, version, config, logger, stopping }: StartContext<ReportingConfig>, calls: Pick<EventLog, 'follow' | 'lastSequence'>,
): Promise<RunningService> => {
  const db = openDatabase(config.DATABASE_URL, (error) => logger.warn({ error: error.name }, 'a connection to PostgreSQL was lost'));
  await migrate(db);
  const projector = new Projector({ db, calls, log: logger });

  const server = await createHttpServer({
    name, version, logger, stopping, token: config.API_TOKEN, trustedProxies: config.TRUSTED_PROXIES,
    description: 'Calls and legs, incrementally, as Zendesk Talk exports them.',
    ready: () => true,
  });
  const plain = server as unknown as FastifyInstance;
  await plain.register(exportRoutes, {
    readers: [{ email: config.EXPORT_EMAIL, token: config.EXPORT_TOKEN, password: config.EXPORT_PASSWORD, mayRead: true }],
    publicBase: config.EXPORT_PUBLIC_URL,
    requestsPerMinute: config.EXPORT_REQUESTS_PER_MINUTE === 0 ? null : config.EXPORT_REQUESTS_PER_MINUTE,
    tailPauseMs: config.EXPORT_TAIL_PAUSE_MS,
    readCalls: (from, limit) => readCalls(db, from, limit),
    readLegs: (from, limit) => readLegs(db, from, limit),
  });
  await plain.register(projectionRoutes, { projector });
  const url = await listenOn(server, config);

  return {
    url,
    ready: () => true,
    async [Symbol.asyncDispose]() {
      await server.close();
      await projector[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
};
