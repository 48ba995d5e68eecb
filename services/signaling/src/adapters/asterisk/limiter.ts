/**
 * In which order requests go to the switch: what takes something away goes before what adds, then come questions, and last
 * whoever is turned away.
 */
export type Urgency = 'take-away' | 'act' | 'ask' | 'turn-away';

const inOrder: readonly Urgency[] = ['take-away', 'act', 'ask', 'turn-away'];

export interface LimiterOptions {
  /** How many may run at the same time. */
  readonly atOnce: number;
  /** How many of these are kept free for what takes something away. */
  readonly keptForTakingAway: number;
}

export interface Limiter {
  /**
   * Runs the work when its turn comes.
   * @throws the reason of `deadline` when that comes before its turn
   */
  run<T>(urgency: Urgency, deadline: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export const createLimiter = ({ atOnce, keptForTakingAway }: LimiterOptions): Limiter => {
  const queues: Record<Urgency, (() => void)[]> = { 'take-away': [], act: [], ask: [], 'turn-away': [] };
  let running = 0;
  const mayStart = (urgency: Urgency): boolean =>
    running < (urgency === 'take-away' ? atOnce : atOnce - keptForTakingAway);
  const startNext = (): void => {
    for (const urgency of inOrder)
      while (mayStart(urgency) && queues[urgency].length > 0) queues[urgency].shift()?.();
  };
  const turn = (urgency: Urgency, deadline: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const start = (): void => {
        deadline.removeEventListener('abort', giveUp);
        running += 1;
        resolve();
      };
      const giveUp = (): void => {
        queues[urgency] = queues[urgency].filter((other) => other !== start);
        reject(deadline.reason as Error);
      };
      if (deadline.aborted) return giveUp();
      deadline.addEventListener('abort', giveUp);
      queues[urgency].push(start);
      startNext();
    });
  return {
    run: async (urgency, deadline, work) => {
      await turn(urgency, deadline);
      try {
        return await work();
      } finally {
        running -= 1;
        startNext();
      }
    },
  };
};
