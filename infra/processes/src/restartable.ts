import type { Child } from './child-process.ts';

/** A program that can be killed and started again, whose face stays the same meanwhile. */
export interface Restartable extends AsyncDisposable {
  /** Of the process that runs now; it changes with a restart. */
  readonly pid: number;
  readonly logFile: string;
  /** Ends it at once (default SIGKILL) and waits until it has ended. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again, after stopping it when it still runs. */
  readonly restart: () => Promise<void>;
  /** Rejects with a sentence when it ends without having been asked to. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a program that can be started again.
 * @param start starts it, and resolves when it is ready
 * @throws what `start` throws
 */
export const startRestartable = async (start: () => Promise<Child>): Promise<Restartable> => {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  let isAsked = false;
  const begin = async (): Promise<Child> => {
    isAsked = false;
    const child = await start();
    void child.ended.then(async () => {
      if (!isAsked) await child.whileRunning(new Promise(() => {})).catch(fail);
    });
    return child;
  };
  let child = await begin();
  const stop = async (): Promise<void> => {
    isAsked = true;
    await child.stop();
  };
  return {
    get pid() {
      return child.pid;
    },
    get logFile() {
      return child.logFile;
    },
    kill: async (signal = 'SIGKILL') => {
      isAsked = true;
      child.kill(signal);
      await child.ended;
    },
    restart: async () => {
      await stop();
      child = await begin();
    },
    failed,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/** Waits until a program that was just started is ready; ends it when it does not become so. */
export const whenReady = async <Ready>(child: Child, ready: Promise<Ready>): Promise<Ready> => {
  try {
    return await child.whileRunning(ready);
  } catch (error) {
    await child.stop();
    throw error;
  }
};
