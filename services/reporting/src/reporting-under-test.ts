import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { openMemoryStore, type MemoryProcess } from '@earshot/event-log';
import type { CallId, NewEvent } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';
import { openDatabase, type Database } from './adapters/database.ts';
import { migrate } from './adapters/migrate.ts';
import { Projector } from './adapters/projector.ts';
import { readCalls, readLegs } from './adapters/read-page.ts';
import { exportRoutes, type ExportOptions } from './http/export-routes.ts';

export const reader = { email: 'connector@example.com', token: 'token-of-the-demo', password: 'password-of-the-demo', mayRead: true } as const;
export const authorization = `Basic ${Buffer.from(`${reader.email}/token:${reader.token}`).toString('base64')}`;

const silent = { info: () => undefined, warn: () => undefined };

/** The n-th call of a test, told from its beginning. */
export const callNumber = (n: number): CallScript =>
  aCall({ callId: `0199a1b2-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as CallId }).inbound('support');

/** Reporting without its process, for tests: a log in memory, real PostgreSQL, real HTTP. Time in the log is what the test says. */
export interface ReportingUnderTest extends AsyncDisposable {
  readonly db: Database;
  readonly process: MemoryProcess;
  readonly projector: Projector;
  readonly url: string;
  /** `recordedAt` of what is appended from now on. */
  setTime(iso: string): void;
  /** Appends the commits of a script from the given place on. */
  append(script: CallScript, from?: number): Promise<void>;
  /** Waits until everything appended is in the rows. */
  projected(): Promise<void>;
}

export const startReportingUnderTest = async (databaseUrl: string, options: Partial<ExportOptions> = {}): Promise<ReportingUnderTest> => {
  let now = '2026-11-21T09:00:00.000Z';
  const store = openMemoryStore({ now: () => new Date(now) });
  const process = store.connect();
  const db = openDatabase(databaseUrl, () => undefined);
  await migrate(db);
  const projector = new Projector({ db, calls: process.log, log: silent, retryMs: 50 });
  const server = fastify();
  await server.register(exportRoutes, {
    readers: [reader], requestsPerMinute: null, tailPauseMs: 1000,
    readCalls: (from, limit) => readCalls(db, from, limit), readLegs: (from, limit) => readLegs(db, from, limit), ...options,
  } satisfies ExportOptions);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const versions = new Map<string, number>();
  return {
    db, process, projector, url,
    setTime: (iso) => { now = iso; },
    append: async (script, from = 0) => {
      for (const [place, { writer, events }] of script.commits.entries()) {
        if (place < from) continue;
        const key = `${script.callId}.${writer}`;
        const stored = await process.log.append({
          callId: script.callId, writer, id: `${key}-${place}`, causation: { source: 'SWITCH', id: `${key}-${place}`, sequence: null },
          events: events as readonly NewEvent<never>[], expectedSequence: versions.get(key) ?? 0,
        });
        versions.set(key, stored.sequence);
      }
    },
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
