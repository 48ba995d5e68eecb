/** One turn of the event loop: everything that can run does, and no time passes. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a dead process gets: a promise that never answers; a new one each time, because it keeps whoever waits for it. */
export const never = (): Promise<never> => new Promise(() => {});

/** What waits at a gate goes on when it is opened. */
export interface Gate {
  isOpen(): boolean;
  open(): void;
  close(): void;
  passed(): Promise<void>;
}

export const newGate = (): Gate => {
  let isOpen = true;
  let waiting: (() => void)[] = [];
  return {
    isOpen: () => isOpen,
    open: () => {
      isOpen = true;
      for (const go of waiting.splice(0)) go();
    },
    close: () => {
      isOpen = false;
    },
    passed: async () => {
      while (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
};
