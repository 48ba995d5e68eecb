import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NATS_IMAGE, findOwnNats, startNats } from '@earshot/nats';
import type { NatsInstance, NatsOptions } from '@earshot/nats';
import { inContainers } from './containers.ts';

export type TestNatsOptions = Pick<NatsOptions, 'users' | 'config'> & {
  /** Folder that a folder for its data is made in; a temporary one of this machine unless told. */
  readonly within?: string;
};

/**
 * A NATS server of the test's own, empty, on a free loopback port: `await using nats = await testNats()`.
 * It starts in well below a second, so that one per test file is fine; NATS_URL is never used, because tests kill theirs.
 * With EARSHOT_TEST_CONTAINERS=docker it runs in a container (one without users: `users` needs a server of this machine).
 */
export const testNats = async (options: TestNatsOptions = {}): Promise<NatsInstance> => {
  if (inContainers() && options.users !== true && options.within === undefined) return natsContainer(options);
  const { within = tmpdir(), ...rest } = options;
  const folder = await mkdtemp(join(within, 'earshot-nats-'));
  const nats = await startNats({ ...rest, storeDir: join(folder, 'data'), source: await findOwnNats() });
  const dispose = async () => {
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return Object.defineProperty(nats, Symbol.asyncDispose, { value: dispose });
};

const natsContainer = async (options: TestNatsOptions): Promise<NatsInstance> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const content = `http: "0.0.0.0:8222"\njetstream { store_dir: "/data", sync_interval: always }\n${options.config ?? ''}\n`;
  const container = await new GenericContainer(NATS_IMAGE)
    .withCopyContentToContainer([{ content, target: '/etc/nats/earshot.conf' }])
    .withCommand(['-c', '/etc/nats/earshot.conf'])
    .withExposedPorts(4222, 8222)
    .withWaitStrategy(Wait.forHttp('/healthz', 8222))
    .start();
  const url = () => `nats://${container.getHost()}:${container.getMappedPort(4222)}`;
  const monitorUrl = () => `http://${container.getHost()}:${container.getMappedPort(8222)}`;
  const varz = (await (await fetch(`${monitorUrl()}/varz`)).json()) as { version: string };
  const stop = async () => void (await container.stop());
  return {
    get url() {
      return url();
    },
    urlFor: url,
    get monitorUrl() {
      return monitorUrl();
    },
    version: varz.version,
    pid: undefined,
    logFile: undefined,
    kill: async () => void (await container.stop({ timeout: 0, remove: false })),
    restart: async () => container.restart(),
    failed: new Promise(() => {}),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
