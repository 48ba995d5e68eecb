import { bucketStream, leasesBucket } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import type { Mastership, MastershipWanted, Masterships } from '../coordination.ts';
import { processTiming } from '../runtime/timing.ts';
import { managerOf } from './api.ts';
import { KeyValue } from './key-value.ts';
import { isConflict } from './publisher.ts';

/** Shares of the time after which the server drops a key that was not renewed. */
const renewAfter = 1 / 3;
const lookAfter = 1 / 12;
const holdsFor = 3 / 4;

/** One key of the bucket, as one process wants it. */
interface Seat {
  readonly bucket: KeyValue;
  readonly key: string;
  readonly owner: string;
  /** Unlike the owner's name this is of one mastership only. */
  readonly process: string;
  readonly ttlMs: number;
}

/** A renewal that the server took. */
interface Taken {
  readonly revision: number;
  /** When it was asked for, by `performance.now()`: the server's time cannot have begun before. */
  readonly begun: number;
}

/** Masterships as keys of the bucket of leases, each made and renewed only as long as nobody else did. */
export const jetStreamMasterships = (connection: NatsConnection): Masterships => ({
  acquire: async ({ service, name, owner, onOther, signal }: MastershipWanted) => {
    const others = watchOthers(onOther);
    for (;;) {
      signal.throwIfAborted();
      let pauseMs = 250;
      try {
        const seat = await seatOf(connection, `${service}.master.${name}`, owner);
        pauseMs = seat.ttlMs * lookAfter;
        const held = await holderOf(seat);
        others(held);
        const taken = await take(seat, held);
        if (taken) return new KvMastership(seat, taken);
      } catch (error) {
        if (connection.isClosed()) throw error;
        // The server is away, or somebody was quicker: the next round looks again.
      }
      await processTiming.pause(pauseMs, signal);
    }
  },
});

const seatOf = async (connection: NatsConnection, key: string, owner: string): Promise<Seat> => {
  const { config } = await (await managerOf(connection)).streams.info(bucketStream(leasesBucket));
  return {
    bucket: new KeyValue(connection, leasesBucket),
    key,
    owner,
    process: randomUUID(),
    ttlMs: config.max_age / 1e6,
  };
};

/** Puts the key as it was met, or as it is known to stand. @throws a conflict when somebody else was quicker */
const put = async (seat: Seat, revision: number): Promise<Taken> => {
  const begun = performance.now();
  const value = JSON.stringify({ owner: seat.owner, process: seat.process });
  return {
    revision: await seat.bucket.put(seat.key, value, {
      expected: revision,
      timeout: seat.ttlMs * renewAfter,
    }),
    begun,
  };
};

/** What stands under the key; no process: nobody has it. */
interface Held {
  readonly revision: number;
  readonly owner?: string;
  readonly process?: string;
}

const holderOf = async ({ bucket, key }: Seat): Promise<Held> => {
  const { revision, value } = (await bucket.get(key, 1000)) ?? { revision: 0, value: undefined };
  return {
    revision,
    ...(value === undefined ? {} : (JSON.parse(value) as { owner: string; process: string })),
  };
};

/** Takes the key when it is free or ours; undefined when it is somebody else's. */
const take = async (seat: Seat, { revision, process }: Held): Promise<Taken | undefined> =>
  process === undefined || process === seat.process ? put(seat, revision) : undefined;

/** Whoever has renewed the key since it was last looked at lives; each is told of once. */
const watchOthers = (tell: (owner: string) => void = () => {}): ((held: Held) => void) => {
  let before: Held | undefined;
  let told: string | undefined;
  return (held) => {
    const hasRenewed = before?.process === held.process && before?.revision !== held.revision;
    before = held;
    if (held.owner === undefined || !hasRenewed || told === held.process) return;
    told = held.process;
    tell(held.owner);
  };
};

class KvMastership implements Mastership {
  readonly lost: Promise<void>;
  readonly #seat: Seat;
  readonly #closing = new AbortController();
  readonly #renewing: Promise<void>;
  #taken: Taken;
  #epoch: number;
  #onLost = (): void => {};

  constructor(seat: Seat, taken: Taken) {
    this.#seat = seat;
    this.#taken = taken;
    this.#epoch = taken.revision;
    this.lost = new Promise((resolve) => {
      this.#onLost = resolve;
    });
    this.#renewing = this.#keepRenewing();
  }

  get epoch(): number {
    return this.#epoch;
  }

  holds(): boolean {
    return (
      !this.#closing.signal.aborted && performance.now() - this.#taken.begun < this.#seat.ttlMs * holdsFor
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isHeld = !this.#closing.signal.aborted;
    this.#end();
    await this.#renewing;
    if (isHeld) await this.#giveUp().catch(() => {});
  }

  #end(): void {
    this.#closing.abort();
    this.#onLost();
  }

  async #keepRenewing(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await processTiming.pause(this.#seat.ttlMs * (this.holds() ? renewAfter : lookAfter), signal);
      // The server is away: the next round tries again, and meanwhile `holds` runs out by itself.
      if (!signal.aborted) await this.#renew().catch(() => {});
    }
  }

  async #renew(): Promise<void> {
    try {
      this.#renewed(await put(this.#seat, this.#taken.revision));
    } catch (error) {
      if (!isConflict(error)) throw error;
      // It ran out, or an own renewal was stored whose answer was lost, or another is master now.
      const taken = await take(this.#seat, await holderOf(this.#seat));
      if (taken) this.#renewed(taken);
      else this.#end();
    }
  }

  #renewed(taken: Taken): void {
    if (!this.holds()) this.#epoch = taken.revision;
    this.#taken = taken;
  }

  async #giveUp(): Promise<void> {
    const { revision, process } = await holderOf(this.#seat);
    if (process === this.#seat.process) await this.#seat.bucket.remove(this.#seat.key, revision);
  }
}
