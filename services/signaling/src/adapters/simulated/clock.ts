/** Where the simulation gets its time from, so that a test of an hour takes no hour and needs no timer. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs something once, `ms` from now; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
}

export interface VirtualClock extends Clock {
  /** Lets time pass, running what falls due in order. */
  advance(ms: number): void;
}

/** A clock that stands still until it is told to go on. */
export const virtualClock = (startAt = Date.UTC(2026, 0, 1)): VirtualClock => {
  let now = startAt;
  let due: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after: (ms, run) => {
      const entry = { at: now + Math.max(0, ms), run };
      due.push(entry);
      return () => void (due = due.filter((other) => other !== entry));
    },
    advance: (ms) => {
      const until = now + ms;
      for (;;) {
        const next = due.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        due = due.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = until;
    },
  };
};

/** The machine's clock. With a `speed` of 10, ten simulated seconds pass in one. Its timers keep no process alive. */
export const realClock = (speed = 1): Clock => {
  const startedAt = Date.now();
  return {
    now: () => Math.round(startedAt + (Date.now() - startedAt) * speed),
    after: (ms, run) => {
      const timer = setTimeout(run, ms / speed);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
};
