import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, portIsFree, spawnChild, startRestartable, until, whenReady } from '@earshot/processes';
import type { Restartable } from '@earshot/processes';

const root = fileURLToPath(new URL('../..', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const DRAIN_SECONDS = 3;

export interface ServiceOptions {
  /** Folder below `services`, and the name for people. */
  readonly name: string;
  /** Port on loopback; 0 is a free one, kept over restarts. */
  readonly port: number;
  /** Environment variable that chooses the port, for the sentence when it is taken. */
  readonly portFrom?: string;
  readonly logDir: string;
  /** Besides HOST, PORT and DRAIN_SECONDS. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: `services/<name>/src/main.ts`. */
  readonly main?: string;
}

/** One service as a process of its own; started again on the same port, and ready when that is done. */
export interface ServiceProcess extends Restartable {
  readonly name: string;
  /** What it was started with: another process of this service is started with the same and another INSTANCE. */
  readonly options: ServiceOptions;
  readonly url: string;
}

/**
 * Starts a service and waits until `GET /health/ready` says yes.
 * @throws one sentence with its last log lines when it ends early, or when its port is taken
 */
export const startService = async (options: ServiceOptions): Promise<ServiceProcess> => {
  if (options.port !== 0 && !(await portIsFree(options.port))) {
    throw new Error(
      `Port ${options.port} on loopback, wanted for ${options.name}, is taken: end the program that uses it, or set ${options.portFrom ?? 'PORT'} to another one (0 picks a free one).`,
    );
  }
  const port = options.port || (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(options.logDir, `${options.name}.log`);
  const main = options.main ?? join(root, 'services', options.name, 'src', 'main.ts');
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(EARSHOT|LAB)_/.test(name)),
  );
  const env = {
    ...inherited,
    ...options.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    DRAIN_SECONDS: String(DRAIN_SECONDS),
  };
  const program = await startRestartable(async () => {
    const child = await spawnChild(process.execPath, [main], {
      name: options.name,
      logFile,
      env,
      graceMs: (DRAIN_SECONDS + 2) * 1000,
    });
    const isReady = until(`A ready ${options.name} (its log: ${logFile})`, () => ready(url), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    await whenReady(child, isReady);
    return child;
  });
  return Object.assign(program, { name: options.name, options, url });
};

const ready = async (url: string): Promise<true | undefined> => {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
  return answer.ok ? true : undefined;
};
