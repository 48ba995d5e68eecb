import {
  createServiceServer,
  signInOf,
  type AccessStore,
  type SignIn,
  listenOn,
  type Readiness,
  type RunningService,
  type StartContext,
} from '@earshot/service-kit';
import { openDatabase, type Database } from './adapters/database.ts';
import { DatabaseWatch } from './adapters/database-watch.ts';
import type { RowSource } from './adapters/follow-into.ts';
import { migrate } from './adapters/migrate.ts';
import { Projector } from './adapters/projector.ts';
import { readCalls, readHead, readLegs, readUnreadable } from './adapters/read-page.ts';
import { readSupervisions } from './adapters/read-supervisions.ts';
import type { ReportingConfig } from './config.ts';
import { exportRoutes, type ExportOptions } from './http/export-routes.ts';
import { supervisionRoutes } from './http/supervision-routes.ts';
import { projectionRoutes } from './http/projection-routes.ts';

/**
 * Longest time (ms) of a statement: of one that a reader waits for, and of one that builds or compares
 * all rows.
 */
const readingMs = 3_000;
const writingMs = 15 * 60_000;

const exportOptionsOf = (config: ReportingConfig, db: Database, signIn: SignIn): ExportOptions => ({
  signIn,
  readers: [
    {
      email: config.EXPORT_EMAIL,
      token: config.EXPORT_TOKEN,
      password: config.EXPORT_PASSWORD,
    },
  ],
  publicBase: config.EXPORT_PUBLIC_URL,
  hosts: config.EXPORT_HOSTS.toLowerCase()
    .split(',')
    .map((host) => host.trim()),
  requestsPerMinute: config.EXPORT_REQUESTS_PER_MINUTE === 0 ? null : config.EXPORT_REQUESTS_PER_MINUTE,
  tailPauseMs: config.EXPORT_TAIL_PAUSE_MS,
  readHead: () => readHead(db),
  readCalls: (from, end, limit) => readCalls(db, { tenant: config.TENANT, from, end, limit }),
  readLegs: (from, end, limit) => readLegs(db, { tenant: config.TENANT, from, end, limit }),
});

/**
 * Reporting, as a table of contents: every commit of CALLS -> `projectCall` -> rows in PostgreSQL -> the
 * incremental export. It decides nothing and writes nothing to the log.
 */
export const startReporting = async (
  context: StartContext<ReportingConfig>,
  calls: RowSource,
  access: AccessStore,
): Promise<RunningService> => {
  const { config, logger } = context;
  await using opened = new AsyncDisposableStack();
  const onLost = (error: Error): void =>
    logger.warn({ error: error.name }, 'a connection to PostgreSQL was lost');
  const open = (statementMs: number, connections: number): Database =>
    opened.adopt(
      openDatabase({ connectionString: config.DATABASE_URL, onLost, statementMs, connections }),
      (db) => db.destroy(),
    );
  const [reading, writing] = [open(readingMs, 10), open(writingMs, 4)];
  await migrate(writing);
  const watch = opened.use(new DatabaseWatch(reading));
  const projector = opened.use(new Projector({ db: writing, calls, log: logger }));
  const ready = (): Readiness => projector.status.problem ?? watch.problem ?? true;

  const signIn = signInOf(context, access);
  const server = await createServiceServer(context, {
    signIn,
    description: 'Calls and legs, incrementally, as Zendesk Talk exports them.',
    ready,
  });
  opened.adopt(server, (open) => open.close());
  await server.register(exportRoutes, exportOptionsOf(config, reading, signIn));
  await server.register(projectionRoutes, {
    projector,
    readUnreadable: () => readUnreadable(reading),
  });
  await server.register(supervisionRoutes, {
    read: (wanted) => readSupervisions(reading, { tenant: config.TENANT, ...wanted }),
    now: () => new Date().toISOString(),
  });
  const url = await listenOn(server, config);
  const everything = opened.move();
  return { url, ready, failed: projector.failed, [Symbol.asyncDispose]: () => everything.disposeAsync() };
};
