import { callsStream } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { processTiming } from '../runtime/timing.ts';
import { managerOf } from './api.ts';
import { refusalsOn } from './refusals.ts';

/** How often the log is asked whether it is there, and how long it may take to answer, in ms. */
const askEveryMs = 1_000;
/** Silence after which the log counts as away, in ms: two answers missed. */
const silenceMs = 3_000;

/** Tells whether the log can be reached, stores what is written, and is followed. */
export interface LogWatch extends Disposable {
  /** True, or why not. */
  state(): true | string;
  /** Messages as they are; whoever stops taking them without being asked to no longer follows the log. */
  followed<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T>;
}

/** Asks the log every second: neither a frozen server nor a stream without a leader closes a connection. */
export const watchLog = async (connection: NatsConnection): Promise<LogWatch> => {
  const manager = await managerOf(connection, askEveryMs);
  let answeredAt = performance.now();
  let isAway = false;
  let isFollowed = true;

  const status = connection.status()[Symbol.asyncIterator]();
  const listen = async (): Promise<void> => {
    for (let next = await status.next(); !next.done; next = await status.next())
      if (next.value.type === 'disconnect') isAway = true;
  };
  void listen();
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      await manager.streams.info(callsStream.name);
      answeredAt = performance.now();
      isAway = false;
    } catch {
      // The silence says it.
    } finally {
      isAsking = false;
    }
  };
  const stop = processTiming.every(askEveryMs, () => {
    void ask();
  });

  return {
    state: () => {
      if (connection.isClosed()) return 'the connection to NATS is closed';
      if (isAway) return 'NATS is away';
      const silence = performance.now() - answeredAt;
      if (silence > silenceMs) return `the log has not answered for ${Math.round(silence / 1000)} s`;
      const refused = refusalsOn(connection).reason();
      if (refused !== undefined) return `NATS does not store what is written (${refused})`;
      return isFollowed || 'the log is no longer followed';
    },
    followed: (messages, signal) => ({
      [Symbol.asyncIterator]: () => {
        const inner = messages[Symbol.asyncIterator]();
        isFollowed = true;
        const end = async (): Promise<IteratorResult<never, undefined>> => {
          isFollowed = signal.aborted;
          await inner.return?.();
          return { done: true, value: undefined };
        };
        return { next: () => inner.next(), return: end };
      },
    }),
    [Symbol.dispose]: () => {
      stop();
      void status.return?.();
    },
  };
};
