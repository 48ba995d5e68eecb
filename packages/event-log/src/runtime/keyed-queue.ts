type Task = () => void | Promise<void>;

/**
 * Runs the tasks of one key one at a time and in order, and those of different keys side by side.
 * A task that needs no waiting runs at once, without a promise, when its key is idle: that is what makes a replay fast.
 * Tasks handle their own errors; one that throws ends the process, as an unhandled rejection does.
 */
export class KeyedQueue {
  readonly #waiting = new Map<string, Task[]>();
  readonly #limit: number;
  #size = 0;
  #waiters: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tasks that are running or waiting. */
  get size(): number {
    return this.#size;
  }

  run(key: string, task: Task): void {
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.push(task);
      this.#size += 1;
      return;
    }
    // Marked before it runs: it may ask for another task of its own key, which comes after it.
    const next: Task[] = [];
    this.#waiting.set(key, next);
    const running = task();
    if (!running && next.length === 0) {
      this.#waiting.delete(key);
      return;
    }
    this.#size += 1;
    void this.#continue(key, running ?? Promise.resolve());
  }

  /** True when as many tasks as allowed are under way; then wait for `room`. */
  get full(): boolean {
    return this.#size >= this.#limit;
  }

  /** Resolves when a task has ended. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  /** Resolves when everything that is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.all(
      [...this.#waiting.keys()].map(
        (key) =>
          new Promise<void>((resolve) => {
            this.run(key, resolve);
          }),
      ),
    );
  }

  async #continue(key: string, first: Promise<void>): Promise<void> {
    await first;
    this.#ended();
    const waiting = this.#waiting.get(key) ?? [];
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const running = task();
      if (running) await running;
      this.#ended();
    }
    this.#waiting.delete(key);
  }

  #ended(): void {
    this.#size -= 1;
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
