import { join } from 'node:path';
import { makeGreeting, startAsterisk, type AsteriskInstance } from '@earshot/asterisk';
import { startNats, type NatsInstance } from '@earshot/nats';
import { startPostgres, type PostgresInstance } from '@earshot/postgres';
import { demoPeople, demoTenant } from '../demo-tenant.ts';
import { serviceNames, startLocalService, type LocalService, type ServiceName } from './services.ts';
import { writeDemoTenant } from './tenant-settings.ts';

/** Who reads the export in the demo and in the tests. */
export const exportReader = { email: 'connector@example.com', token: 'demo-export-token' } as const;

/** Tells what is going on while a step of the start is under way. */
export type Step = <T>(title: string, work: (progress: (text: string) => void) => Promise<T>) => Promise<T>;

const silently: Step = (_, work) => work(() => {});

export interface SystemOptions {
  readonly switch: 'simulated' | 'asterisk';
  /** Streams, database, recordings and logs lie here. */
  readonly dataDir: string;
  /** 0 or not given: a free one. The other services take the ports after `api`. */
  readonly ports?: { readonly sip?: number; readonly api?: number; readonly export?: number };
  /** `host:port` through which outside numbers are called. */
  readonly trunk?: string;
  readonly otlpEndpoint?: string;
  /** False for tests: the database need not survive a power cut. */
  readonly durable?: boolean;
  /** Settings of the services on top of the usual ones. */
  readonly env?: NodeJS.ProcessEnv;
  readonly step?: Step;
}

/** NATS, PostgreSQL, a switch and the four services, each in a process of its own, with the demo tenant. */
export interface System extends AsyncDisposable {
  readonly nats: NatsInstance;
  readonly postgres: PostgresInstance;
  /** Undefined with the simulated switch. */
  readonly asterisk: AsteriskInstance | undefined;
  readonly services: ReadonlyMap<ServiceName, LocalService>;
  service(name: ServiceName): LocalService;
  /** Folder of the recordings. */
  readonly recordings: string;
  /** Rejects with a sentence when a part ends by itself. */
  readonly failed: Promise<never>;
}

/**
 * Starts everything in order; what was started is stopped again when a later part fails.
 * @throws one sentence that says what is missing or taken, and what to do
 */
export const startSystem = async (options: SystemOptions): Promise<System> => {
  const { dataDir, ports = {}, step = silently } = options;
  await using started = new AsyncDisposableStack();
  const recordings = join(dataDir, 'recordings');

  const nats = started.use(await step('NATS', (onProgress) => startNats({ storeDir: join(dataDir, 'nats'), users: true, onProgress })));
  const postgres = started.use(await step('PostgreSQL', (onProgress) =>
    startPostgres({ dataDir: join(dataDir, 'postgres'), durable: options.durable ?? true, onProgress })));
  const asterisk = options.switch === 'asterisk'
    ? started.use(await step('Asterisk', (onProgress) => startDemoAsterisk(ports.sip ?? 0, recordings, onProgress)))
    : undefined;

  const services = new Map<ServiceName, LocalService>();
  await step('Services', async (progress) => {
    const starts = serviceNames.map(async (name, place) => {
      const port = name === 'reporting' ? (ports.export ?? 0) : ports.api ? ports.api + place : 0;
      const switchEnv = name !== 'signaling' ? {} : {
        SWITCH: options.switch, RECORDINGS_DIR: recordings, TRUNK: options.trunk ?? '',
        ...(asterisk ? { SWITCH_URL: asterisk.url.replace(/\/ari$/, ''), SWITCH_USER: asterisk.ariUser, SWITCH_PASSWORD: asterisk.ariPassword, SWITCH_APP: asterisk.app, GREETINGS_DIR: asterisk.greetings } : {}),
      };
      const reportingEnv = name !== 'reporting' ? {} : { DATABASE_URL: postgres.url, EXPORT_EMAIL: exportReader.email, EXPORT_TOKEN: exportReader.token };
      services.set(name, started.use(await startLocalService({
        name, port, logFile: join(dataDir, 'logs', `${name}.log`),
        env: {
          NATS_URL: nats.urlFor(name), ...switchEnv, ...reportingEnv,
          ...(options.otlpEndpoint ? { OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint } : {}), ...options.env,
        },
      })));
      progress(`${services.size} of ${serviceNames.length}`);
    });
    const refused = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected');
    if (refused) throw refused.reason;
  });
  await step('Demo tenant', async (progress) => {
    await writeDemoTenant(services);
    if (asterisk) await speakGreetings(progress);
  });

  const failed = Promise.race([nats.failed, postgres.failed, ...[...services.values()].map((service) => service.failed)]);
  failed.catch(() => {});
  const everything = started.move();
  return {
    nats, postgres, asterisk, services, recordings, failed,
    service: (name) => {
      const service = services.get(name);
      if (!service) throw new Error(`There is no service ${name}.`);
      return service;
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

const startDemoAsterisk = (sipPort: number, recordingsFolder: string, onProgress: (text: string) => void): Promise<AsteriskInstance> =>
  startAsterisk({
    tenant: {
      extensions: Object.keys(demoPeople).map((extension) => ({ extension, password: `demo-${extension}` })),
      sipPort, httpPort: 0, rtpRange: [20_000, 29_999], ariUser: 'earshot', ariPassword: 'earshot', app: 'earshot',
    },
    recordingsFolder, onProgress,
  });

const speakGreetings = async (progress: (text: string) => void): Promise<void> => {
  for (const { kind, value } of demoTenant) {
    if (kind !== 'greetings') continue;
    progress(`speaking “${value.text}”`);
    await makeGreeting(value.text);
  }
};
