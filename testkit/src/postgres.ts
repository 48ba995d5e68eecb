import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_IMAGE, startPostgres } from '@earshot/postgres';
import type { PostgresInstance } from '@earshot/postgres';
import { inContainers } from './containers.ts';

/**
 * A PostgreSQL server of the test's own, empty, on a free loopback port: `await using postgres = await testPostgres()`.
 * It starts in about a second: one per test file, and `createDatabase` for a test that wants to be alone.
 * DATABASE_URL is never used, because tests kill theirs. It does not wait for the disk: nothing outlives the test.
 * With EARSHOT_TEST_CONTAINERS=docker it runs in a container.
 */
export const testPostgres = async (): Promise<PostgresInstance> => {
  if (inContainers()) return postgresContainer();
  const folder = await mkdtemp(join(tmpdir(), 'earshot-postgres-'));
  // Its user, who is not root, has to pass through it.
  await chmod(folder, 0o711);
  const postgres = await startPostgres({ dataDir: join(folder, 'data'), durable: false, own: true });
  const dispose = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return Object.defineProperty(postgres, Symbol.asyncDispose, { value: dispose });
};

const postgresContainer = async (): Promise<PostgresInstance> => {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(POSTGRES_IMAGE).withDatabase('earshot').start();
  const stop = async () => void (await container.stop());
  return {
    get url() {
      return container.getConnectionUri();
    },
    get adminUrl() {
      return container.getConnectionUri();
    },
    createDatabase: async (name) => {
      const made = await container.exec(['createdb', '-U', container.getUsername(), name]);
      if (made.exitCode !== 0) throw new Error(`The database ${name} could not be made: ${made.output}`);
      const url = new URL(container.getConnectionUri());
      url.pathname = `/${name}`;
      return url.href;
    },
    pid: undefined,
    logFile: undefined,
    kill: async () => void (await container.stop({ timeout: 0, remove: false })),
    restart: async () => container.restart(),
    failed: new Promise(() => {}),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
