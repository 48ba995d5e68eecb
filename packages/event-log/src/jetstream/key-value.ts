import type { NatsConnection } from '@nats-io/transport-node';
import { headers } from '@nats-io/transport-node';
import { keySubject, bucketStream } from '@earshot/contracts';
import { clientOf, managerOf } from './api.ts';
import { onLink } from './link.ts';
import { refusalsOn } from './refusals.ts';

/** What stands under a key; `value` is undefined when it was removed. */
export interface KeyEntry {
  readonly revision: number;
  readonly value: string | undefined;
}

const operationHeader = 'KV-Operation';

/** True when the last message of a key is its removal. */
export const isRemoval = (header: (name: string) => string | undefined): boolean =>
  header(operationHeader) !== undefined;

/**
 * One bucket of NATS KV, as much of it as leases and checkpoints need. The client's own asks for rights that no service has,
 * and its buckets can be purged.
 */
export class KeyValue {
  readonly #connection: NatsConnection;
  readonly #bucket: string;

  constructor(connection: NatsConnection, bucket: string) {
    this.#connection = connection;
    this.#bucket = bucket;
  }

  /** @returns the revision @throws a conflict when the key is not at the expected revision; 0: it is free */
  async put(
    key: string,
    value: string,
    options: { readonly expected?: number; readonly timeout?: number } = {},
  ): Promise<number> {
    const { expected, timeout = 2000 } = options;
    const expect = expected === undefined ? {} : { expect: { lastSubjectSequence: expected } };
    const publish = () =>
      clientOf(this.#connection).publish(keySubject(this.#bucket, key), value, { timeout, ...expect });
    const stored = await refusalsOn(this.#connection).watch(this.#bucket, () =>
      onLink(this.#connection, timeout, publish),
    );
    return stored.seq;
  }

  async remove(key: string, expected?: number): Promise<void> {
    const operation = headers();
    operation.set(operationHeader, 'DEL');
    const expect = expected === undefined ? {} : { expect: { lastSubjectSequence: expected } };
    const publish = () =>
      clientOf(this.#connection).publish(keySubject(this.#bucket, key), '', {
        headers: operation,
        timeout: 1000,
        ...expect,
      });
    await onLink(this.#connection, 1000, publish);
  }

  /** As the stream's leader has it; undefined when nothing is there. */
  async get(key: string, timeout = 2000): Promise<KeyEntry | undefined> {
    const manager = await managerOf(this.#connection, timeout);
    const last = { last_by_subj: keySubject(this.#bucket, key) };
    const stored = await onLink(this.#connection, timeout, () =>
      manager.streams.getMessage(bucketStream(this.#bucket), last),
    );
    if (!stored) return undefined;
    return { revision: stored.seq, value: stored.header.get(operationHeader) ? undefined : stored.string() };
  }
}
