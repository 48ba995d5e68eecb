import { join } from 'node:path';
import { startAsterisk } from '@earshot/asterisk';
import type { AsteriskInstance } from '@earshot/asterisk';
import { connectToNats, createStreams } from '@earshot/event-log';
import { startNats } from '@earshot/nats';
import type { NatsInstance, NatsService } from '@earshot/nats';
import { startPostgres } from '@earshot/postgres';
import type { PostgresInstance } from '@earshot/postgres';
import { applySettings } from './apply-settings.ts';
import { takeDataFolder } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { demoPeople, demoTenant } from './demo-tenant.ts';
import { givePeopleTokens, type DemoPerson } from './people-tokens.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { speakGreetings } from './speak-greetings.ts';
import type { Steps } from './steps.ts';

const EXPORT_EMAIL = 'connector@example.com';
/** Path of the incremental export below its base URL; `/calls` and `/legs` follow. */
export const INCREMENTAL_PATH = '/api/v2/channels/voice/stats/incremental';

/** Ports on loopback; 0 is a free one. The API's is signaling's; supervision and recording-consent take the two after it. */
export interface SystemPorts {
  readonly sip: number;
  readonly api: number;
  readonly export: number;
}

export interface SystemOptions {
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly switch: 'simulated' | 'asterisk';
  readonly ports: SystemPorts;
  /** Environment of every service, on top of what the system sets: for tests, and for a trunk or a trace receiver. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Everything that runs, for whoever works with it: the terminal, the story, acceptance tests. */
export interface System {
  readonly nats: NatsInstance;
  readonly postgres: PostgresInstance;
  readonly asterisk: AsteriskInstance | undefined;
  readonly services: Readonly<Record<NatsService, ServiceProcess>>;
  readonly export: { readonly url: string; readonly email: string; readonly token: string };
  /** Token of an administrator, for the HTTP APIs of all services. */
  readonly admin: { readonly token: string };
  /** Who works there, by extension, each with an API token of their own. */
  readonly people: Readonly<Record<string, DemoPerson>>;
  readonly data: DataFolder;
  /** Rejects with a sentence when a part ends without having been asked to. */
  readonly failed: Promise<never>;
}

/**
 * Starts everything in order and registers each part in `running`, which ends them in reverse, also after a failure.
 * @throws one sentence that says what could not be started and what to do
 */
export const startSystem = async (
  options: SystemOptions,
  { step }: Pick<Steps, 'step'>,
  running: AsyncDisposableStack,
): Promise<System> => {
  const data = running.use(await takeDataFolder(options.dataDir, options.fresh));
  const nats = running.use(
    await step(
      'NATS',
      (onProgress) => startNats({ storeDir: join(data.path, 'nats'), users: true, onProgress }),
      ({ version }) => version,
    ),
  );
  await setUpStreams(nats.url);
  const postgres = running.use(
    await step('PostgreSQL', (onProgress) =>
      startPostgres({ dataDir: join(data.path, 'postgres'), onProgress }),
    ),
  );
  const asterisk =
    options.switch === 'asterisk'
      ? running.use(
          await step(
            'Asterisk',
            (onProgress) => realSwitch(options.ports.sip, data.switchPassword, onProgress),
            ({ version }) => version,
          ),
        )
      : undefined;
  const services = await step(
    'Services',
    () => startServices({ options, data, nats, postgres, asterisk }, running),
    (all) => Object.keys(all).join(', '),
  );
  const urlOf = (owner: string): string => services[owner as NatsService].url;
  await step(
    'Demo tenant',
    () => applySettings(demoTenant, urlOf, data.adminToken),
    (changed) => (changed === 0 ? 'as it was' : `${changed} settings`),
  );
  const people = await step('Tokens', () =>
    givePeopleTokens(data.peopleTokens, { url: services.supervision.url, token: data.adminToken }),
  );
  if (asterisk) running.use(await step('Greetings', (onProgress) => speakGreetings(nats.url, onProgress)));
  return {
    nats,
    postgres,
    asterisk,
    services,
    data,
    export: { url: services.reporting.url, email: EXPORT_EMAIL, token: data.exportToken },
    admin: { token: data.adminToken },
    people,
    failed: Promise.race([
      nats.failed,
      postgres.failed,
      ...Object.values(services).map((service) => service.failed),
    ]),
  };
};

/** The one act that needs an administrator; no service may make or change a stream. */
const setUpStreams = async (url: string): Promise<void> => {
  const connection = await connectToNats({ url, name: 'set-up' });
  try {
    await createStreams(connection);
  } finally {
    await connection.close();
  }
};

const realSwitch = (
  sipPort: number,
  ariPassword: string,
  onProgress: (text: string) => void,
): Promise<AsteriskInstance> => {
  return startAsterisk({
    tenant: {
      extensions: Object.keys(demoPeople).map((extension) => ({ extension, password: `demo-${extension}` })),
      sipPort,
      httpPort: 0,
      rtpRange: [16384, 32767],
      app: 'earshot',
      ariUser: 'earshot',
      ariPassword,
    },
    onProgress,
  });
};

interface Parts {
  readonly options: SystemOptions;
  readonly data: DataFolder;
  readonly nats: NatsInstance;
  readonly postgres: PostgresInstance;
  readonly asterisk: AsteriskInstance | undefined;
}

/** What stands in each service's environment, besides what all have. */
const environments = ({
  data,
  postgres,
  asterisk,
}: Parts): Readonly<Record<NatsService, Readonly<Record<string, string>>>> => {
  return {
    signaling: {
      RECORDINGS_DIR: data.recordings,
      ...(asterisk === undefined
        ? { SWITCH: 'simulated' }
        : {
            SWITCH: 'asterisk',
            SWITCH_URL: asterisk.url,
            SWITCH_USER: asterisk.ariUser,
            SWITCH_PASSWORD: asterisk.ariPassword,
            SWITCH_APP: asterisk.app,
            GREETINGS_DIR: asterisk.greetings,
          }),
    },
    supervision: {},
    'recording-consent': {},
    reporting: { DATABASE_URL: postgres.url, EXPORT_EMAIL, EXPORT_TOKEN: data.exportToken },
  };
};

const startServices = async (
  parts: Parts,
  running: AsyncDisposableStack,
): Promise<Record<NatsService, ServiceProcess>> => {
  const { api, export: exportPort } = parts.options.ports;
  const ports: Record<NatsService, number> = {
    signaling: api,
    supervision: api && api + 1,
    'recording-consent': api && api + 2,
    reporting: exportPort,
  };
  const own = environments(parts);
  const started: ServiceProcess[] = [];
  // They know each other by the log only, so they start and end side by side.
  running.defer(async () => void (await Promise.all(started.map((service) => service.stop()))));
  const start = async (name: NatsService): Promise<ServiceProcess> => {
    const service = await startService({
      name,
      port: ports[name],
      portFrom: name === 'reporting' ? 'LAB_EXPORT_PORT' : 'LAB_API_PORT',
      logDir: parts.data.logs,
      env: {
        INSTANCE: `${name}-1`,
        API_TOKEN: parts.data.adminToken,
        ...natsLogin(parts.nats.urlFor(name)),
        ...own[name],
        ...parts.options.env,
      },
    });
    started.push(service);
    return service;
  };
  const names: readonly NatsService[] = ['signaling', 'supervision', 'recording-consent', 'reporting'];
  const results = await Promise.allSettled(names.map(start));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const named = Object.fromEntries(started.map((service) => [service.name, service]));
  return named as Record<NatsService, ServiceProcess>;
};

const natsLogin = (url: string): Record<string, string> => {
  const { protocol, host, username, password } = new URL(url);
  const user = username === '' ? {} : { NATS_USER: username, NATS_PASSWORD: decodeURIComponent(password) };
  return { NATS_URL: `${protocol}//${host}`, ...user };
};
