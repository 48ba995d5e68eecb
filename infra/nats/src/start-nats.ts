import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { portIsFree, spawnChild, startRestartable, until, whenReady } from '@earshot/processes';
import { configurationOf } from './configuration.ts';
import type { ServerSettings } from './configuration.ts';
import { dockerArguments } from './docker.ts';
import { readInfo } from './external.ts';
import { findNats } from './find-server.ts';
import type { NatsSource } from './find-server.ts';
import type { NatsService, Passwords } from './accounts.ts';

// A first start with Docker pulls the image.
const READY_TIMEOUT_MS = { program: 60_000, docker: 300_000 };

export interface NatsOptions {
  /** Keeps the streams; made when missing. Configuration, ports file and log lie beside it in `<storeDir>.run`. */
  readonly storeDir: string;
  /** Port on loopback; 0 (the default) is a free one. */
  readonly port?: number;
  /** Port on loopback of the HTTP monitoring, which asks for no password; 0 is a free one. Default: none. */
  readonly monitorPort?: number;
  /** One account and user per service, and an administrator in the log's own. Default: no users, everybody may do everything. */
  readonly users?: boolean;
  /** More lines of the server's configuration. */
  readonly config?: string;
  /** Default: `findNats()`. */
  readonly source?: NatsSource;
  readonly onProgress?: (text: string) => void;
}

/** A NATS server with JetStream. One of NATS_URL is used as it is: it has no pid and cannot be killed or restarted. */
export interface NatsInstance extends AsyncDisposable {
  /** With all rights: the user `admin` where there are users. */
  readonly url: string;
  /** With the rights of that service where there are users, else the same as `url`. */
  readonly urlFor: (service: NatsService) => string;
  /** Base of the HTTP monitoring (`/healthz`, `/varz`); undefined unless it was asked for. */
  readonly monitorUrl: string | undefined;
  readonly version: string;
  /** Of the process that runs now; it changes with a restart. */
  readonly pid: number | undefined;
  readonly logFile: string | undefined;
  /** Ends it at once (default SIGKILL) and waits until it has ended. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again with the same data and ports, after stopping it when it still runs. */
  readonly restart: () => Promise<void>;
  /** Rejects with a sentence when the server ends without having been asked to. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a NATS server on loopback and waits until JetStream is ready.
 * @throws one sentence when no server is found, it is too old, its port is taken or it ends early
 */
export const startNats = async (options: NatsOptions): Promise<NatsInstance> => {
  const source = options.source ?? (await findNats(options.onProgress));
  if (source.kind === 'external') return externalInstance(source.url, source.version);
  for (const port of [options.port, options.monitorPort]) {
    if (port !== undefined && port !== 0 && !(await portIsFree(port))) {
      throw new Error(
        `Port ${port} on loopback, wanted for NATS, is taken: end the program that uses it or choose another port.`,
      );
    }
  }

  const storeDir = resolve(options.storeDir);
  const runDir = `${storeDir}.run`;
  const passwords = options.users === true ? newPasswords() : undefined;
  let settings: ServerSettings = {
    name: `earshot-${randomBytes(4).toString('hex')}`,
    storeDir,
    portsDir: runDir,
    port: options.port || -1,
    monitorPort: options.monitorPort === 0 ? -1 : options.monitorPort,
    passwords,
    more: options.config ?? '',
  };
  const program = await startRestartable(async () => {
    const { child, ports } = await spawnServer(source, settings, options.onProgress);
    settings = { ...settings, ...ports };
    return child;
  });
  const { version } = await readInfo(urlAt(settings.port));
  const urlFor = (user: NatsService | 'admin') =>
    passwords === undefined
      ? urlAt(settings.port)
      : `nats://${user}:${passwords[user]}@127.0.0.1:${settings.port}`;
  const { monitorPort } = settings;
  const monitorUrl = monitorPort === undefined ? undefined : `http://127.0.0.1:${monitorPort}`;
  return Object.assign(program, { url: urlFor('admin'), urlFor, monitorUrl, version });
};

const spawnServer = async (
  source: Exclude<NatsSource, { kind: 'external' }>,
  settings: ServerSettings,
  onProgress?: (text: string) => void,
) => {
  const runDir = settings.portsDir;
  for (const folder of [settings.storeDir, runDir]) await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await portsFiles(runDir)) await rm(join(runDir, name));
  const configFile = join(runDir, 'nats-server.conf');
  await writeFile(configFile, configurationOf(settings), { mode: 0o600 });
  if (source.kind === 'docker')
    onProgress?.('starting NATS with Docker (the first time this downloads its image)');
  const [command, args] =
    source.kind === 'program'
      ? [source.program, ['-c', configFile]]
      : ['docker', dockerArguments([dirname(settings.storeDir)], configFile)];
  const child = await spawnChild(command, args, {
    name: 'NATS',
    logFile: join(runDir, 'nats-server.log'),
    holdInput: source.kind === 'docker',
    graceMs: 10_000,
  });
  const ready = until('A ready NATS server', () => readyPorts(runDir), {
    timeoutMs: READY_TIMEOUT_MS[source.kind],
    everyMs: 20,
  });
  return { child, ports: await whenReady(child, ready) };
};

/** Its ports once it takes clients: it listens, and writes the file, when JetStream has read what is stored. */
const readyPorts = async (
  runDir: string,
): Promise<Pick<ServerSettings, 'port' | 'monitorPort'> | undefined> => {
  const [file] = existsSync(runDir) ? await portsFiles(runDir) : [];
  if (file === undefined) return undefined;
  const text = await readFile(join(runDir, file), 'utf8');
  const ports = JSON.parse(text) as { readonly nats?: string[]; readonly monitoring?: string[] };
  const [nats, monitoring] = [ports.nats?.[0], ports.monitoring?.[0]];
  if (nats === undefined) return undefined;
  const portOf = (url: string): number => Number(new URL(url).port);
  const { jetstream } = await readInfo(urlAt(portOf(nats)));
  const monitorPort = monitoring === undefined ? undefined : portOf(monitoring);
  return jetstream ? { port: portOf(nats), monitorPort } : undefined;
};

const urlAt = (port: number): string => {
  return `nats://127.0.0.1:${port}`;
};

const portsFiles = async (folder: string): Promise<string[]> => {
  return (await readdir(folder)).filter((name) => name.endsWith('.ports'));
};

const newPasswords = (): Passwords => {
  const password = () => randomBytes(18).toString('hex');
  return {
    admin: password(),
    signaling: password(),
    supervision: password(),
    'recording-consent': password(),
    reporting: password(),
  };
};

const externalInstance = (url: string, version: string): NatsInstance => {
  const notOurs = async () => {
    throw new Error(
      'The NATS server of NATS_URL was not started here, so it cannot be ended here: unset NATS_URL.',
    );
  };
  return {
    url,
    urlFor: () => url,
    monitorUrl: undefined,
    version,
    pid: undefined,
    logFile: undefined,
    kill: notOurs,
    restart: notOurs,
    failed: new Promise(() => {}),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
};
