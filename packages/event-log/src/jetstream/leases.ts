import { bucketStream, keySubject, leasesBucket } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Leases, PartitionLease } from '../coordination.ts';
import { shareOf } from '../runtime/partition-share.ts';
import { processTiming } from '../runtime/timing.ts';
import { DirectReader } from './direct-reader.ts';
import { leaseTtlMs } from './set-up-streams.ts';
import { KeyValue, isRemoval } from './key-value.ts';

/** How often a process says that it lives, and how often it looks who else does. */
const beatEveryMs = 1000;
const lookEveryMs = 250;

/**
 * Leases as signs of life: each process renews one key of the bucket, which the server drops three seconds after the
 * last renewal, and all processes of a service reckon their shares from the keys that are there.
 */
export const jetStreamLeases = (connection: NatsConnection): Leases => ({
  join: async (service, owner) => {
    const bucket = new KeyValue(connection, leasesBucket);
    const lease = new KvLease(connection, bucket, service, owner.replaceAll(/[^A-Za-z0-9_=-]/g, '-'));
    await lease.start();
    return lease;
  },
});

class KvLease implements PartitionLease {
  readonly #bucket: KeyValue;
  readonly #reader: DirectReader;
  readonly #service: string;
  readonly #owner: string;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #share: ReadonlySet<number> = new Set();
  #lastBeat = -Infinity;

  constructor(connection: NatsConnection, bucket: KeyValue, service: string, owner: string) {
    this.#bucket = bucket;
    this.#reader = new DirectReader(connection, bucketStream(leasesBucket));
    this.#service = service;
    this.#owner = owner;
  }

  async start(): Promise<void> {
    await this.#beat();
    await this.#look();
    this.#loops = Promise.all([
      this.#repeat(beatEveryMs, () => this.#beat()),
      this.#repeat(lookEveryMs, () => this.#look()),
    ]);
  }

  owned(): ReadonlySet<number> {
    // Also without a look in between, a process that could not renew in time must not think it owns anything.
    if (!this.#lives()) this.#set(new Set());
    return this.#share;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#loops;
    this.#share = new Set();
    await this.#bucket.remove(this.#key()).catch(() => {});
    await this.#reader[Symbol.asyncDispose]();
  }

  #key(): string {
    return `${this.#service}.${this.#owner}`;
  }

  #lives(): boolean {
    return performance.now() - this.#lastBeat < leaseTtlMs;
  }

  async #beat(): Promise<void> {
    const begun = performance.now();
    await this.#bucket.put(this.#key(), '');
    this.#lastBeat = begun;
  }

  async #look(): Promise<void> {
    const prefix = keySubject(leasesBucket, `${this.#service}.`);
    const keys = await this.#reader.lastOfEach(`${prefix}*`);
    const living = keys
      .filter(({ header }) => !isRemoval(header))
      .map(({ subject }) => subject.slice(prefix.length));
    if (this.#lives()) this.#set(shareOf(this.#owner, [...living, this.#owner]));
  }

  async #repeat(ms: number, task: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await processTiming.pause(ms, signal);
      // The server is away: the next round tries again, and the lease runs out by itself when that lasts.
      if (!signal.aborted) await task().catch(() => {});
      if (!this.#lives()) this.#set(new Set());
    }
  }

  #set(share: ReadonlySet<number>): void {
    if (share.size === this.#share.size && [...share].every((partition) => this.#share.has(partition)))
      return;
    this.#share = share;
    for (const listener of this.#listeners) listener();
  }
}
