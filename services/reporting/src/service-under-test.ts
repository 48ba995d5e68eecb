import {
  connectToNats,
  ensureStreams,
  openCoordination,
  openEventLog,
  openSettingsLog,
  type EventLog,
} from '@earshot/event-log';
import { createLogger, readConfig, startTelemetry, type RunningService } from '@earshot/service-kit';
import { testNats } from '@earshot/testkit/nats';
import { testPostgres } from '@earshot/testkit/postgres';
import type { CallScript } from '@earshot/testkit/events';
import type { NewEvent } from '@earshot/contracts';
import { configSchema } from './config.ts';
import { reader } from './reporting-under-test.ts';
import { startReporting } from './service.ts';

export const apiToken = 'token-of-the-api-that-nobody-guesses';

/** Reporting as it runs, within the process of the test: real NATS, real PostgreSQL, real HTTP. */
export interface ServiceUnderTest extends AsyncDisposable {
  readonly service: RunningService;
  readonly connection: Awaited<ReturnType<typeof connectToNats>>;
  readonly calls: EventLog;
  readonly postgres: Awaited<ReturnType<typeof testPostgres>>;
  /** Appends the commits of a script. */
  append(script: CallScript): Promise<void>;
}

export const startServiceUnderTest = async (
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceUnderTest> => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats());
  const postgres = opened.use(await testPostgres());
  const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'reporting-test' }), (open) =>
    open.close(),
  );
  await ensureStreams(connection);
  const calls = opened.use(openEventLog({ connection, tenant: 'demo' }));
  const settings = opened.use(openSettingsLog({ connection, tenant: 'demo' }));
  const { config } = readConfig(configSchema, {
    DATABASE_URL: postgres.url,
    EXPORT_TOKEN: reader.token,
    EXPORT_EMAIL: reader.email,
    EXPORT_TAIL_PAUSE_MS: '0',
    API_TOKEN: apiToken,
    ...env,
  });
  const logger = createLogger({ service: 'reporting', instance: 'test', level: 'silent' });
  const telemetry = opened.use(startTelemetry({ service: 'reporting', version: '0', instance: 'test' }));
  const service = opened.use(
    await startReporting(
      { name: 'reporting', version: '0', config, logger, telemetry, stopping: new AbortController().signal },
      calls,
      { settings: await settings.view(), marks: openCoordination(connection).marks },
    ),
  );
  const everything = opened.move();
  return {
    service,
    connection,
    calls,
    postgres,
    append: async ({ callId, commits }) => {
      const versions = new Map<string, number>();
      for (const [place, { writer, events }] of commits.entries()) {
        const stored = await calls.append({
          callId,
          writer,
          id: `${callId}-${place}`,
          expectedSequence: versions.get(writer) ?? 0,
          causation: { source: 'SWITCH', id: `report-${place}`, sequence: null },
          events: events as readonly NewEvent<never>[],
        });
        versions.set(writer, stored.sequence);
      }
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};
