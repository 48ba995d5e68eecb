import type { EventLog } from '@earshot/event-log';

/** The same log, and how long it was worked on: from the first load (or append, when loading comes before the work) to the last append answered. */
export const stopwatchOn = (
  log: EventLog,
  from: 'load' | 'append',
): { readonly log: EventLog; read(): { readonly seconds: number; readonly decisions: number } } => {
  let begun: number | undefined;
  let ended = 0;
  let decisions = 0;
  const watched: EventLog = {
    append: async (commit) => {
      begun ??= performance.now();
      const stored = await log.append(commit);
      ended = performance.now();
      decisions += 1;
      return stored;
    },
    read: (callId, writers) => {
      if (from === 'load') begun ??= performance.now();
      return log.read(callId, writers);
    },
    load: (callId, writers) => {
      if (from === 'load') begun ??= performance.now();
      return log.load(callId, writers);
    },
    follow: (options) => log.follow(options),
    lastSequence: () => log.lastSequence(),
    identity: () => log.identity(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
  return { log: watched, read: () => ({ seconds: (ended - (begun ?? ended)) / 1000, decisions }) };
};
