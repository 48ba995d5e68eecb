import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnChild } from '@earshot/processes';

/** A service running as a process of its own. */
export interface ServiceProcess extends AsyncDisposable {
  /** Base URL of its HTTP server. */
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, as a power cut would, and waits until it has ended. */
  kill(): Promise<void>;
  /** Asks it to stop and waits; the exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
}

/**
 * Starts `src/main.ts` of a service and waits for its ready line: `await using service = await startServiceProcess(…)`.
 * @param env on top of the environment of this process
 * @throws one sentence with the last lines of its log when it ends early
 */
export const startServiceProcess = async (
  name: string,
  main: URL,
  env: NodeJS.ProcessEnv,
): Promise<ServiceProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-service-'));
  const logFile = join(folder, 'log');
  const child = await spawnChild(process.execPath, [fileURLToPath(main)], {
    name,
    logFile,
    env: { ...process.env, ...env },
  });
  const stop = async (): Promise<number | null> => {
    const { code } = await child.stop();
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  try {
    const { url } = await child.whileRunning(readyLine(name, logFile));
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await child.ended;
    };
    return { url, pid: child.pid, kill, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
};

const readyWithinMs = 30_000;

const readyLine = async (name: string, logFile: string): Promise<{ readonly url: string }> => {
  for (const giveUpAt = Date.now() + readyWithinMs; Date.now() < giveUpAt;) {
    const line = (await readFile(logFile, 'utf8'))
      .split('\n')
      .find((text) => text.startsWith('{"ready":true'));
    if (line !== undefined) return JSON.parse(line) as { url: string };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${name} was not ready within ${readyWithinMs / 1000} s`);
};
