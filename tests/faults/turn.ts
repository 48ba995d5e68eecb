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
  /** Something waits, or is only just being let go. */
  isBehind(): boolean;
  /** Runs something now, or when the gate is opened and all that waited before has gone on. */
  whenOpen(run: () => void): void;
}

export const newGate = (): Gate => {
  let isOpen = true;
  const waiting: (() => void)[] = [];
  let isLettingGo = false;
  return {
    isOpen: () => isOpen,
    open: () => {
      isOpen = true;
      if (isLettingGo) return;
      isLettingGo = true;
      for (let go = waiting.shift(); go; go = waiting.shift()) go();
      isLettingGo = false;
    },
    close: () => {
      isOpen = false;
    },
    passed: async () => {
      while (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    isBehind: () => !isOpen || isLettingGo,
    whenOpen: (run) => {
      if (isOpen && !isLettingGo) run();
      else waiting.push(run);
    },
  };
};
