import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again until the answer is something, every `everyMs` milliseconds.
 * @throws `what` as a sentence after `timeoutMs` milliseconds, with the last error of the question
 */
export const until = async <T>(
  what: string,
  question: () => Promise<T | undefined>,
  { timeoutMs, everyMs = 25 }: { timeoutMs: number; everyMs?: number },
): Promise<T> => {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const answer = await question();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  const why = last instanceof Error ? ` (${last.message})` : '';
  throw new Error(`${what} did not happen within ${Math.round(timeoutMs / 1000)} s${why}.`);
};
