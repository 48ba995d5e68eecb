import { spawnChild, type Child } from '../child-process.ts';
import { freePort, portIsFree } from '../ports.ts';
import { until } from '../until.ts';

export const serviceNames = ['signaling', 'supervision', 'recording-consent', 'reporting'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** One service of the local run, in a process of its own. */
export interface LocalService extends AsyncDisposable {
  readonly name: ServiceName;
  readonly url: string;
  readonly logFile: string;
  /** Ends it at once, as a crash would, and waits until it has ended. */
  kill(): Promise<void>;
  /** Starts it again at the same place, and waits until it is ready. */
  restart(): Promise<void>;
  /** Rejects with a sentence when the process ends without having been asked to. */
  readonly failed: Promise<never>;
}

export interface LocalServiceOptions {
  readonly name: ServiceName;
  /** 0: a free one. */
  readonly port: number;
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

const readyWithinMs = 30_000;
const mainOf = (name: ServiceName): string => new URL(`../../../services/${name}/src/main.ts`, import.meta.url).pathname;

const isReady = async (url: string): Promise<true | undefined> => {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok ? true : undefined;
};

/**
 * Starts a service and waits for `GET /health/ready`.
 * @throws one sentence: its port is taken, or it ended early, with the last lines of its log
 */
export const startLocalService = async ({ name, port: wanted, logFile, env }: LocalServiceOptions): Promise<LocalService> => {
  if (wanted !== 0 && !(await portIsFree(wanted))) throw new Error(`Port ${wanted} on loopback, wanted for ${name}, is taken: end the program that uses it or choose another port.`);
  const port = wanted || (await freePort());
  const url = `http://127.0.0.1:${port}`;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => { fail = reject; });
  failed.catch(() => {});
  let asked = false;

  const start = async (): Promise<Child> => {
    asked = false;
    const started = await spawnChild(process.execPath, [mainOf(name)], {
      name, logFile, graceMs: 8_000, env: { ...process.env, PORT: String(port), INSTANCE: `${name}-1`, ...env },
    });
    void started.ended.then((end) => {
      if (!asked) fail(new Error(`${name} ended by itself (${end.signal ?? `exit code ${end.code}`}); its log is ${logFile}.`));
    });
    try {
      await started.whileRunning(until(`The start of ${name}`, () => isReady(url), { timeoutMs: readyWithinMs }));
    } catch (error) {
      asked = true;
      await started.stop();
      throw error;
    }
    return started;
  };

  let child = await start();
  return {
    name, url, logFile, failed,
    kill: async () => {
      asked = true;
      child.kill('SIGKILL');
      await child.ended;
    },
    restart: async () => { child = await start(); },
    [Symbol.asyncDispose]: async () => {
      asked = true;
      await child.stop();
    },
  };
};
