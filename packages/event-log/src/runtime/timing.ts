/** Everything the runtime waits for by the clock, so that a test can do without one. */
export interface Timing {
  /** Resolves after about `ms` milliseconds, or as soon as the signal fires. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls the task every `ms` milliseconds until the returned function is called. */
  every(ms: number, task: () => void): () => void;
}

/** The clock of the process; the repeating ones do not keep the process alive. */
export const processTiming: Timing = {
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
  every: (ms, task) => {
    const timer = setInterval(task, ms);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};

/** A pause before attempt `n` (from 1): doubling from `firstMs` up to `mostMs`, give or take a third, so that processes do not march in step. */
export const backoff = (n: number, firstMs: number, mostMs: number): number =>
  Math.min(mostMs, firstMs * 2 ** (n - 1)) * (2 / 3 + Math.random() * (2 / 3));
