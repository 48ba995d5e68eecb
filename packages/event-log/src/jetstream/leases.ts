import { bucketStream, keySubject, leasesBucket } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { SameNameError, type Leases, type PartitionLease } from '../coordination.ts';
import { shareOf } from '../runtime/partition-share.ts';
import { processTiming } from '../runtime/timing.ts';
import { DirectReader } from './direct-reader.ts';
import { leaseTtlMs } from './set-up-streams.ts';
import { KeyValue, isRemoval } from './key-value.ts';
import { isConflict } from './publisher.ts';

/** How often a process says that it lives, and how often it looks who else does. */
const beatEveryMs = 1000;
const lookEveryMs = 250;

/**
 * Leases as signs of life: each process renews one key of the bucket, which the server drops three seconds after the
 * last renewal, and all processes of a service reckon their shares from the keys that are there. Who comes takes the key of
 * its name at once; if the one before lives after all, it takes it back, and the one that came second ends.
 */
export const jetStreamLeases = (connection: NatsConnection): Leases => ({
  join: async (service, owner) => {
    const bucket = new KeyValue(connection, leasesBucket);
    const lease = new KvLease(connection, bucket, service, owner);
    await lease.start();
    return lease;
  },
});

/** Which process has a name, and the place of its first sign of life; absent: it is this one. */
interface Sign {
  readonly process: string;
  readonly since?: number;
}

class KvLease implements PartitionLease {
  readonly #bucket: KeyValue;
  readonly #reader: DirectReader;
  readonly #service: string;
  readonly #owner: string;
  readonly #process = randomUUID();
  readonly #name: string;
  readonly #failure = Promise.withResolvers<never>();
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #share: ReadonlySet<number> = new Set();
  #lastBeat = -Infinity;
  #since: number | undefined;
  #revision: number | undefined;

  constructor(connection: NatsConnection, bucket: KeyValue, service: string, owner: string) {
    this.#bucket = bucket;
    this.#reader = new DirectReader(connection, bucketStream(leasesBucket));
    this.#service = service;
    this.#name = owner;
    this.#owner = owner.replaceAll(/[^A-Za-z0-9_=-]/g, '-');
    this.#failure.promise.catch(() => {});
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
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
    await this.#bucket.remove(this.#key(), this.#revision).catch(() => {});
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
    try {
      await this.#put(this.#revision);
    } catch (error) {
      if (!isConflict(error)) throw error;
      await this.#putAfterConflict();
    }
    this.#lastBeat = begun;
  }

  async #put(expected: number | undefined): Promise<void> {
    const sign: Sign = { process: this.#process, ...(this.#since ? { since: this.#since } : {}) };
    const expectation = expected === undefined ? {} : { expected };
    this.#revision = await this.#bucket.put(this.#key(), JSON.stringify(sign), expectation);
    this.#since ??= this.#revision;
  }

  /** It ran out, or an own renewal was stored whose answer was lost, or another living process has this name. */
  async #putAfterConflict(): Promise<void> {
    const entry = await this.#bucket.get(this.#key());
    const sign = entry?.value ? (JSON.parse(entry.value) as Sign) : undefined;
    const isOthers = entry !== undefined && sign !== undefined && sign.process !== this.#process;
    if (isOthers && (sign.since ?? entry.revision) < (this.#since ?? Infinity)) this.#giveWay();
    else await this.#put(entry?.revision ?? 0);
  }

  #giveWay(): void {
    this.#closing.abort();
    this.#set(new Set());
    this.#failure.reject(new SameNameError(this.#service, this.#name));
  }

  async #look(): Promise<void> {
    const prefix = keySubject(leasesBucket, `${this.#service}.`);
    const keys = await this.#reader.lastOfEach(`${prefix}*`);
    const living = keys
      .filter(({ header }) => !isRemoval(header))
      .map(({ subject }) => subject.slice(prefix.length));
    if (this.#lives() && !this.#closing.signal.aborted)
      this.#set(shareOf(this.#owner, [...living, this.#owner]));
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
