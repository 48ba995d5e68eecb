import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { LogUnavailableError } from '../event-log.ts';
import { apiPrefixOf } from './api.ts';
import { linkOf } from './link.ts';

/** A stored message as a direct get gives it. */
export interface DirectMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  header(name: string): string | undefined;
  /** When the server stored it, by its clock: ISO 8601, UTC, milliseconds. */
  storedAt(): string;
  /** False when it was stored with headers that only the server makes: somebody had the server send it. */
  readonly isGenuine: boolean;
}

/** What one direct get gave. */
export interface Page {
  readonly messages: readonly DirectMessage[];
  /** False: the server has more, of which it gives so many messages or so many bytes at once. */
  readonly isLast: boolean;
}

interface Reading {
  readonly query: object;
  readonly messages: DirectMessage[];
  readonly resolve: (page: Page) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

/** Headers that the server puts on a stored message when it hands it out, behind those that were stored with it. */
const ofTheServer = [
  'Nats-Stream',
  'Nats-Subject',
  'Nats-Sequence',
  'Nats-Time-Stamp',
  'Nats-Last-Sequence',
  'Nats-Num-Pending',
] as const;

/** The message that headers of a direct get or of a feed describe; undefined when they describe none. */
export const storedMessage = (headers: MsgHdrs, data: Uint8Array): DirectMessage | undefined => {
  const sequence = Number(headers.last('Nats-Sequence'));
  if (!(sequence > 0)) return undefined;
  return {
    subject: headers.last('Nats-Subject'),
    sequence,
    data,
    header: (name) => headers.get(name) || undefined,
    storedAt: () => new Date(headers.last('Nats-Time-Stamp')).toISOString(),
    isGenuine: ofTheServer.every((name) => headers.values(name).length <= 1),
  };
};

/** Most messages of one direct get; the server gives no more at once. */
const pageSize = 1024;
/** A read fails when nothing came for this long. */
const silenceMs = 2000;
/** Most reads at once: after a restart hundreds of calls are loaded together, and the server answers them all at the same time. */
const readsAtOnce = 32;

/**
 * Reads messages of a stream by literal subject, without a consumer. The client's own `getBatch` makes a subscription
 * per read, leaves it behind, and waits for ever when the connection is lost in the middle; this one has a single
 * subscription and a deadline.
 */
export class DirectReader implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #readings = new Map<string, Reading>();
  readonly #waiting: (() => void)[] = [];
  readonly #stopWatching: () => void;
  #next = 0;

  constructor(connection: NatsConnection, stream: string) {
    this.#connection = connection;
    this.#stream = stream;
    this.#inbox = createInbox();
    this.#stopWatching = linkOf(connection).onChange((isUp) => {
      if (isUp) this.#askAgain();
    });
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#take(message);
      },
    });
  }

  /** All messages of one subject from a sequence on, in order. @throws LogUnavailableError */
  async read(subject: string, from = 1): Promise<readonly DirectMessage[]> {
    const all: DirectMessage[] = [];
    for (let seq = from; ;) {
      const { messages, isLast } = await this.page(subject, seq);
      if (all.length === 0 && isLast) return messages;
      all.push(...messages);
      const last = messages.at(-1);
      if (!last || isLast) return all;
      seq = last.sequence + 1;
    }
  }

  /** The next messages that a filter matches, from a sequence on, in order. @throws LogUnavailableError */
  page(filter: string, from: number): Promise<Page> {
    return this.#get({ seq: from, next_by_subj: filter, batch: pageSize });
  }

  /** The last message of each subject that a filter matches. @throws LogUnavailableError */
  async lastOfEach(filter: string): Promise<readonly DirectMessage[]> {
    return (await this.#get({ multi_last: [filter], batch: pageSize })).messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    this.#subscription.unsubscribe();
    // Each that fails lets one that waits begin, so this ends when none is left.
    for (let [token] = this.#readings.keys(); token !== undefined; [token] = this.#readings.keys())
      this.#fail(token, 'The log was closed');
  }

  // What was asked on a connection that is lost is never answered, not even on the next.
  #askAgain(): void {
    for (const [token, reading] of this.#readings) {
      reading.messages.length = 0;
      reading.deadline.refresh();
      this.#ask(token, reading);
    }
  }

  #get(query: object): Promise<Page> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.#begin(query, resolve, reject);
      };
      if (this.#readings.size < readsAtOnce) begin();
      else this.#waiting.push(begin);
    });
  }

  #begin(query: object, resolve: Reading['resolve'], reject: Reading['reject']): void {
    const token = `${(this.#next += 1)}`;
    const deadline = setTimeout(() => {
      this.#fail(token, `The stream ${this.#stream} was silent for ${silenceMs} ms`);
    }, silenceMs);
    const reading: Reading = { query, messages: [], resolve, reject, deadline };
    this.#readings.set(token, reading);
    if (linkOf(this.#connection).isUp) this.#ask(token, reading);
  }

  #ask(token: string, { query }: Reading): void {
    try {
      this.#connection.publish(
        `${apiPrefixOf(this.#connection)}.DIRECT.GET.${this.#stream}`,
        JSON.stringify(query),
        { reply: `${this.#inbox}.${token}` },
      );
    } catch (error) {
      this.#fail(token, error instanceof Error ? error.message : 'The connection is closed');
    }
  }

  #take(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const reading = this.#readings.get(token);
    if (!reading) return;
    const { headers, data } = message;
    const stored = headers && storedMessage(headers, data);
    if (stored) {
      reading.deadline.refresh();
      reading.messages.push(stored);
      return;
    }
    // 204 ends a batch, 404 says that nothing matches; 503 is nobody there, 408 and 413 are requests the server refuses.
    const code = headers?.code ?? 0;
    if (code !== 204 && code !== 404) {
      this.#fail(token, `The stream ${this.#stream} answered ${code} ${headers?.description ?? ''}`);
      return;
    }
    this.#end(token);
    reading.resolve({
      messages: reading.messages,
      isLast: code === 404 || Number(headers?.get('Nats-Num-Pending')) === 0,
    });
  }

  #fail(token: string, problem: string): void {
    const reading = this.#readings.get(token);
    this.#end(token);
    reading?.reject(new LogUnavailableError(problem));
  }

  #end(token: string): void {
    clearTimeout(this.#readings.get(token)?.deadline);
    this.#readings.delete(token);
    this.#waiting.shift()?.();
  }
}
