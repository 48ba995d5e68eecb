import { feedOf } from '@earshot/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { processTiming } from '../runtime/timing.ts';
import { storedMessage, type DirectMessage } from './direct-reader.ts';
import { linkOf } from './link.ts';

/** Messages that wait to be taken; a reader that is further behind reads them from the stream instead. */
const mostWaiting = 4000;

/** What the server tells of a stream as it stores it. It is quick and not sure: whoever follows it counts. */
export class Feed implements Disposable {
  readonly #subscription: { unsubscribe(): void };
  readonly #stopWatching: () => void;
  #waiting: DirectMessage[] = [];
  #next = 0;
  #wake = new AbortController();

  constructor(connection: NatsConnection, filter: string) {
    this.#subscription = connection.subscribe(feedOf(filter), {
      callback: (error, message) => {
        if (!error) this.#take(message);
      },
    });
    // While the connection was lost something may have been told: whoever waits looks.
    this.#stopWatching = linkOf(connection).onChange(() => {
      this.wake();
    });
  }

  /** The next message, if one waits. */
  take(): DirectMessage | undefined {
    const message = this.#waiting[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    if (this.#next === this.#waiting.length) this.#clear();
    return message;
  }

  /** Waits for about `ms`, or until a message or a reconnect comes. @returns true when no message came */
  async pause(ms: number): Promise<boolean> {
    await processTiming.pause(ms, this.#wake.signal);
    this.#wake = new AbortController();
    return this.#waiting.length === 0;
  }

  wake(): void {
    this.#wake.abort();
  }

  [Symbol.dispose](): void {
    this.#stopWatching();
    this.#subscription.unsubscribe();
    this.wake();
  }

  #take({ data, headers }: Msg): void {
    const message = headers && storedMessage(headers, data);
    if (!message) return;
    if (this.#waiting.length >= mostWaiting) this.#clear();
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.wake();
  }

  #clear(): void {
    this.#waiting = [];
    this.#next = 0;
  }
}
