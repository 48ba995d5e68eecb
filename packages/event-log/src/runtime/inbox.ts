import { partitionOf, type CallId } from '@earshot/contracts';
import { isUnreadable, type EventLog, type Commit, type UnreadableMessage } from '../event-log.ts';
import type { Checkpoints, PartitionLease } from '../coordination.ts';
import type { Timing } from './timing.ts';
import { partitionIn } from '../wanted.ts';
import { believeCheckpoint } from './believe-checkpoint.ts';
import { Watermark } from './watermark.ts';

/** Checkpoints of partitions with traffic follow this much later. */
const saveEveryMs = 500;
/** Those of idle partitions follow every so many times of it: they only spare a reader messages of other partitions. */
const idleSavesEvery = 20;

export interface InboxOptions {
  /** Whose checkpoints these are. */
  readonly service: string;
  /** Only calls of this switch; undefined: of all. */
  readonly switch: number | undefined;
  readonly log: EventLog;
  readonly lease: PartitionLease;
  readonly checkpoints: Checkpoints;
  readonly timing: Timing;
  /** Handles one message; it must call `finish` when the message is done with, and may be told to wait by `room`. */
  handle(message: Commit | UnreadableMessage, finish: () => void): void;
  /** Undefined: go on at once. */
  room(): Promise<void> | undefined;
  /** Makes the open calls of a partition known before its messages come. */
  opened(partition: number, calls: readonly CallId[], sequence: number): Promise<void>;
  /** The partition is no longer ours. */
  closed(partition: number): void;
  /** Calls of a partition that are not over. */
  openCalls(partition: number): readonly CallId[];
  problem(what: string, error: unknown): void;
}

/** The messages of the owned partitions, in order, from the checkpoints on; follows the lease when shares change. */
export class Inbox implements AsyncDisposable {
  readonly #options: InboxOptions;
  readonly #partitions = new Map<number, { watermark: Watermark; saved: number }>();
  readonly #stops: (() => void)[] = [];
  #session:
    | { readonly abort: AbortController; readonly ended: Promise<void>; readonly caughtUp: Promise<void> }
    | undefined;
  #readUpTo = 0;
  #logIdentity = '';
  #changing: Promise<void> = Promise.resolve();
  #ticks = 0;
  #disposed = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Begins, and resolves when everything that stood in the log has been taken in (not yet: handled). */
  async start(): Promise<void> {
    const { lease, timing } = this.#options;
    this.#stops.push(
      lease.onChange(() => {
        void this.#change();
      }),
      timing.every(saveEveryMs, () => {
        void this.#tick();
      }),
    );
    await this.#change();
    await this.#session?.caughtUp;
  }

  /** True when the partition's messages come to this process. */
  owns(partition: number): boolean {
    return this.#partitions.has(partition) && this.#options.lease.owned().has(partition);
  }

  /** Sequence up to which messages of a partition have been taken in. */
  receivedUpTo(partition: number): number {
    const known = this.#partitions.get(partition);
    return known ? Math.max(known.watermark.received, this.#readUpTo) : 0;
  }

  /** Stops taking messages; call `save` once what is under way has ended. */
  async stop(): Promise<void> {
    this.#disposed = true;
    for (const stop of this.#stops.splice(0)) stop();
    await this.#changing;
    await this.#endSession();
  }

  async save(idleToo = true): Promise<void> {
    const due = [...this.#partitions.keys()].filter((partition) => this.#isDue(partition, idleToo));
    await Promise.all(due.map((partition) => this.#savePartition(partition)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.save();
  }

  #change(): Promise<void> {
    this.#changing = this.#changing
      .then(() => this.#follow())
      .catch((error: unknown) => {
        this.#options.problem('following the log', error);
      });
    return this.#changing;
  }

  async #follow(): Promise<void> {
    if (this.#disposed) return;
    const owned = new Set(this.#options.lease.owned());
    const lost = [...this.#partitions.keys()].filter((partition) => !owned.has(partition));
    const gained = [...owned].filter((partition) => !this.#partitions.has(partition));
    if (lost.length === 0 && gained.length === 0) return;
    await this.#endSession();
    if (lost.length > 0) await this.save();
    for (const partition of lost) this.#give(partition);
    await Promise.all(gained.map((partition) => this.#takeOver(partition)));
    if (this.#partitions.size > 0) this.#beginSession();
  }

  #give(partition: number): void {
    this.#partitions.delete(partition);
    this.#options.closed(partition);
  }

  async #takeOver(partition: number): Promise<void> {
    const { service, log, checkpoints, timing, problem } = this.#options;
    for (;;) {
      try {
        const kept = await checkpoints.load(service, partition);
        this.#logIdentity = await log.identity();
        const { sequence, openCalls, doubt } = believeCheckpoint(
          kept,
          this.#logIdentity,
          await log.lastSequence(),
        );
        if (doubt !== undefined)
          problem(
            `the checkpoint of partition ${partition} is not believed; the log is read from its start`,
            doubt,
          );
        await this.#options.opened(partition, openCalls, sequence);
        this.#partitions.set(partition, { watermark: new Watermark(sequence), saved: sequence });
        return;
      } catch (error) {
        if (this.#disposed) return;
        problem(`taking over partition ${partition}`, error);
        await timing.pause(500);
      }
    }
  }

  #beginSession(): void {
    const abort = new AbortController();
    const partitions = [...this.#partitions.keys()];
    const after = Math.min(...[...this.#partitions.values()].map(({ watermark }) => watermark.received));
    this.#readUpTo = after;
    let onCaughtUp = (): void => {};
    const caughtUp = new Promise<void>((resolve) => {
      onCaughtUp = resolve;
    });
    const ended = this.#run(
      this.#options.log.follow({
        after,
        partitions,
        switch: this.#options.switch,
        signal: abort.signal,
        onCaughtUp,
      }),
      abort.signal,
    )
      .catch((error: unknown) => {
        this.#options.problem('following the log', error);
      })
      .finally(onCaughtUp);
    this.#session = { abort, ended, caughtUp };
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    session?.abort.abort();
    await session?.ended;
    for (const { watermark } of this.#partitions.values()) watermark.nothingUntil(this.#readUpTo);
    // It says nothing about partitions that come next.
    this.#readUpTo = 0;
  }

  async #run(messages: AsyncIterable<Commit | UnreadableMessage>, signal: AbortSignal): Promise<void> {
    for await (const message of messages) {
      for (let wait = this.#options.room(); wait; wait = this.#options.room()) await wait;
      if (signal.aborted) return;
      this.#readUpTo = message.sequence;
      const watermark = this.#partitions.get(partitionOfMessage(message))?.watermark;
      if (!watermark || message.sequence <= watermark.received) continue;
      watermark.begin(message.sequence);
      this.#options.handle(message, () => {
        watermark.finish(message.sequence);
      });
    }
  }

  async #tick(): Promise<void> {
    this.#ticks += 1;
    await this.save(this.#ticks % idleSavesEvery === 0);
  }

  #isDue(partition: number, idleToo: boolean): boolean {
    const known = this.#partitions.get(partition);
    if (!known) return false;
    const changed = known.watermark.takeChanged();
    known.watermark.nothingUntil(this.#readUpTo);
    return known.watermark.done > known.saved && (changed || idleToo);
  }

  async #savePartition(partition: number): Promise<void> {
    const known = this.#partitions.get(partition);
    if (!known) return;
    const { service, checkpoints } = this.#options;
    const openCalls = this.#options.openCalls(partition);
    const sequence = known.watermark.done;
    try {
      await checkpoints.save(service, partition, { sequence, openCalls, log: this.#logIdentity });
      known.saved = sequence;
    } catch (error) {
      this.#options.problem(`saving the checkpoint of partition ${partition}`, error);
    }
  }
}

const partitionOfMessage = (message: Commit | UnreadableMessage): number =>
  isUnreadable(message) ? partitionIn(message.subject) : partitionOf(message.callId);
