/** Whether a process of a memory store lives, and whether it reaches the others. */
export interface LifeOfProcess {
  isAlive(): boolean;
  /** False while it is cut off from the leases. */
  isConnected(): boolean;
  /** Undefined while it lives; else a promise that never resolves. */
  whileAlive(): Promise<void> | undefined;
  onKill(listener: () => void): void;
  onConnect(listener: () => void): void;
}

/** A process, and how it ends or is cut off. */
export interface MemoryLife extends LifeOfProcess {
  kill(): void;
  cutOff(): void;
  connectAgain(): void;
}

export const beginLife = (): MemoryLife => {
  let alive = true;
  let connected = true;
  const onKill: (() => void)[] = [];
  const onConnect: (() => void)[] = [];
  const tell = (listeners: readonly (() => void)[]) => {
    for (const listener of listeners) listener();
  };
  return {
    isAlive: () => alive,
    isConnected: () => alive && connected,
    // A new one each time: it keeps whoever waits for it.
    whileAlive: () => (alive ? undefined : new Promise<void>(() => {})),
    onKill: (listener) => void onKill.push(listener),
    onConnect: (listener) => void onConnect.push(listener),
    kill: () => {
      alive = false;
      tell(onKill);
    },
    cutOff: () => {
      connected = false;
    },
    connectAgain: () => {
      connected = true;
      if (alive) tell(onConnect);
    },
  };
};
