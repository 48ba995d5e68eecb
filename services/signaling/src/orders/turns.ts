/** Lets so much work go on at a time; what is more waits for its turn. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

export const createTurns = (atOnce: number): Turns => {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return {
    take: async (work) => {
      if (underWay >= atOnce) await new Promise<void>((resolve) => void waiting.push(resolve));
      else underWay += 1;
      try {
        return await work();
      } finally {
        // The turn goes over to the next, so that nobody slips in between.
        const next = waiting.shift();
        if (next) next();
        else underWay -= 1;
      }
    },
  };
};
