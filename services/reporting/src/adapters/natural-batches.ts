/**
 * Groups what arrives while the last group was worked on: alone when it is quiet, up to `limit` when much waits. No timer is involved,
 * so a lone message is never held back. Reads at most two groups ahead.
 */
export async function* naturalBatches<T>(
  source: AsyncIterable<T>,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let arrived = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  const reading = (async () => {
    try {
      for await (const item of source) {
        waiting.push(item);
        arrived.resolve();
        if (waiting.length >= limit * 2) {
          taken = Promise.withResolvers<void>();
          await taken.promise;
        }
        if (signal.aborted) break;
      }
    } catch (error) {
      failure = { error };
    }
    ended = true;
    arrived.resolve();
  })();
  const stop = () => {
    arrived.resolve();
    taken.resolve();
  };
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      if (waiting.length === 0) {
        if (failure !== undefined) throw failure.error;
        if (ended) return;
        arrived = Promise.withResolvers<void>();
        await arrived.promise;
        continue;
      }
      const batch = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      taken.resolve();
      yield batch;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    taken.resolve();
    if (signal.aborted) await reading;
  }
}
