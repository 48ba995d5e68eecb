import { setTimeout as sleep } from 'node:timers/promises';
import { openMemoryStore, type MemoryProcess, type MemoryStore } from '@earshot/event-log';
import type { NewEvent } from '@earshot/contracts';
import { createHttpServer, createLogger, environmentToken, listenOn } from '@earshot/service-kit';
import { aCall, type CallScript } from '@earshot/testkit/events';
import { openDatabase, type Database } from './adapters/database.ts';
import { migrate } from './adapters/migrate.ts';
import { Projector } from './adapters/projector.ts';
import { readCalls, readHead, readLegs } from './adapters/read-page.ts';
import { exportRoutes, type ExportOptions } from './http/export-routes.ts';

export const reader = {
  email: 'connector@example.com',
  token: 'token-of-the-demo-that-nobody-guesses',
  password: 'password-of-the-demo-that-nobody-guesses',
} as const;
export const authorization = `Basic ${Buffer.from(`${reader.email}/token:${reader.token}`).toString('base64')}`;

/** Says nothing. */
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A database without limits on time, and without a word about lost connections. */
export const openForTest = (connectionString: string): Database =>
  openDatabase({ connectionString, onLost: () => undefined, statementMs: 60_000 });

/** The n-th call of a test, told from its beginning. */
export const callNumber = (n: number): CallScript =>
  aCall({ callId: `0199a1b2-0000-7000-8000-${n.toString(16).padStart(12, '0')}` }).inbound('support');

/** Reporting without its process, for tests: a log in memory, real PostgreSQL, real HTTP. Time in the log is what the test says. */
export interface ReportingUnderTest extends AsyncDisposable {
  readonly db: Database;
  readonly process: MemoryProcess;
  readonly store: MemoryStore;
  readonly projector: Projector;
  readonly url: string;
  /** When what is appended from now on was recorded, and stored by the log. */
  setTime(iso: string): void;
  /** Appends the commits of a script from the given place on. */
  append(script: CallScript, from?: number): Promise<void>;
  /** Waits until everything appended is in the rows. */
  projected(): Promise<void>;
}

const appendingTo = (process: MemoryProcess): ReportingUnderTest['append'] => {
  const versions = new Map<string, number>();
  return async (script, from = 0) => {
    for (const [place, { writer, events }] of script.commits.entries()) {
      if (place < from) continue;
      const key = `${script.callId}.${writer}`;
      const stored = await process.log.append({
        callId: script.callId,
        writer,
        id: `${key}-${place}`,
        causation: { source: 'SWITCH', id: `${key}-${place}`, sequence: null },
        events: events as readonly NewEvent<never>[],
        expectedSequence: versions.get(key) ?? 0,
      });
      versions.set(key, stored.sequence);
    }
  };
};

export const startReportingUnderTest = async (
  databaseUrl: string,
  options: Partial<ExportOptions> = {},
): Promise<ReportingUnderTest> => {
  let now = '2026-11-21T09:00:00.000Z';
  const store = openMemoryStore({ now: () => new Date(now) });
  const process = store.connect();
  const db = openForTest(databaseUrl);
  await migrate(db);
  const projector = new Projector({ db, calls: process.log, log: silent, retryMs: 50 });
  const logger = createLogger({ service: 'reporting', instance: 'test', level: 'silent' });
  const server = await createHttpServer({
    name: 'reporting',
    version: '0',
    logger,
    ready: () => true,
    signIn: environmentToken(undefined),
  });
  await server.register(exportRoutes, {
    readers: [reader],
    signIn: environmentToken(undefined),
    requestsPerMinute: null,
    tailPauseMs: 10_000,
    hosts: ['127.0.0.1'],
    readHead: () => readHead(db),
    readCalls: (from, end, limit) => readCalls(db, { tenant: 'test', from, end, limit }),
    readLegs: (from, end, limit) => readLegs(db, { tenant: 'test', from, end, limit }),
    ...options,
  });
  const url = await listenOn(server, { HOST: '127.0.0.1', PORT: 0 });
  return {
    db,
    process,
    store: store.store,
    projector,
    url,
    setTime: (iso) => {
      now = iso;
    },
    append: appendingTo(process),
    projected: async () => {
      const last = await process.log.lastSequence();
      while (projector.status.sequence < last) await sleep(5);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await projector[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
};
