import {
  UnreadableCommitError,
  callSubject,
  callsStream,
  readCommit,
  asStored,
  writeCommit,
  writers,
  allCalls,
  type CallId,
  type Writer,
} from '@earshot/contracts';
import type { StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Context } from '@opentelemetry/api';
import { wantedOf } from '../wanted.ts';
import {
  allReadable,
  readOrUnreadable,
  type EventLog,
  type Commit,
  type FollowOptions,
  type FollowedCommit,
  type NewCommit,
  type UnreadableMessage,
} from '../event-log.ts';
import { activeTraceHeaders, traceOf } from '../trace-headers.ts';
import { managerOf } from './api.ts';
import { DirectReader, type DirectMessage } from './direct-reader.ts';
import { followStream } from './follow-stream.ts';
import { Publisher } from './publisher.ts';

export interface JetStreamLogOptions {
  readonly connection: NatsConnection;
  /** Tenant that stands in every commit. */
  readonly tenant: string;
  /** When a commit is recorded; default: the clock of the process. */
  readonly now?: () => Date;
}

/** The log of all calls on JetStream. The streams must be there (`ensureStreams`); the connection stays the caller's. */
export const openEventLog = (options: JetStreamLogOptions): EventLog => new JetStreamEventLog(options);

class JetStreamEventLog implements EventLog {
  readonly #connection: NatsConnection;
  readonly #tenant: string;
  readonly #now: () => Date;
  readonly #reader: DirectReader;
  readonly #publisher: Publisher;
  readonly #closing = new AbortController();

  constructor({ connection, tenant, now }: JetStreamLogOptions) {
    this.#connection = connection;
    this.#tenant = tenant;
    this.#now = now ?? (() => new Date());
    this.#reader = new DirectReader(connection, callsStream.name);
    this.#publisher = new Publisher(connection, this.#reader);
  }

  async append<W extends Writer>(commit: NewCommit<W>): Promise<Commit> {
    const { id, callId, writer, causation, events, expectedSequence } = commit;
    const subject = callSubject(callId, writer);
    const headers = activeTraceHeaders();
    const recordedAt = this.#now().toISOString();
    const toStore = { id, writer, callId, tenant: this.#tenant, recordedAt, causation, events };
    const { sequence, stored } = await this.#publisher.publish({
      subject,
      data: writeCommit(toStore),
      id,
      expected: expectedSequence,
      headers,
    });
    return stored ? commitOf(stored) : withTrace(asStored(toStore, sequence), () => traceOf(headers));
  }

  async read(
    callId: CallId,
    of: readonly Writer[] = writers,
  ): Promise<readonly (Commit | UnreadableMessage)[]> {
    const perWriter = await Promise.all(of.map((writer) => this.#reader.read(callSubject(callId, writer))));
    return perWriter
      .flat()
      .toSorted((a, b) => a.sequence - b.sequence)
      .map((message) => readOrUnreadable(message, () => commitOf(message)));
  }

  async load(callId: CallId, of?: readonly Writer[]): Promise<readonly Commit[]> {
    return allReadable(await this.read(callId, of));
  }

  async *follow({
    after,
    partitions,
    switch: on,
    signal,
    onCaughtUp,
  }: FollowOptions): AsyncGenerator<FollowedCommit | UnreadableMessage> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    const isWanted = wantedOf(partitions, on);
    const messages = followStream({
      connection: this.#connection,
      reader: this.#reader,
      filter: allCalls,
      after,
      signal: either,
      onCaughtUp,
    });
    for await (const message of messages) {
      if (isWanted(message.subject))
        yield readOrUnreadable(message, () =>
          Object.assign(commitOf(message), { storedAt: message.storedAt() }),
        );
    }
  }

  async lastSequence(): Promise<number> {
    return (await this.#info()).state.last_seq;
  }

  async identity(): Promise<string> {
    const { config, created } = await this.#info();
    return `${config.name}@${created}`;
  }

  async #info(): Promise<StreamInfo> {
    return (await managerOf(this.#connection)).streams.info(callsStream.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#reader[Symbol.asyncDispose]();
  }
}

const commitOf = (message: DirectMessage): Commit => {
  if (!message.isGenuine) throw new UnreadableCommitError('It carries headers that only the server makes');
  return withTrace(readCommit(message), () => traceOf(asRecord((name) => message.header(name))));
};

const traceHeaders = ['traceparent', 'tracestate'] as const;
const asRecord = (header: (name: string) => string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    traceHeaders.flatMap((name) => {
      const value = header(name);
      return value ? [[name, value]] : [];
    }),
  );

// Most commits are only folded; their headers are decoded when a decision follows.
const withTrace = (
  { id, sequence, callId, writer, events }: Omit<Commit, 'trace'>,
  trace: () => Context,
): Commit => ({
  id,
  sequence,
  callId,
  writer,
  events,
  get trace() {
    return trace();
  },
});
