import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { EventLog, Commit, UnreadableMessage } from '@earshot/event-log';
import { callCache } from './call-cache.ts';
import type { Database } from './database.ts';
import { naturalBatches } from './natural-batches.ts';
import { projectBatch } from './project-batch.ts';
import { traceBatch } from './trace-batch.ts';
import { loadCalls, truncateAll, writeBatch, type Batch } from './write-batch.ts';

/** Key of the PostgreSQL advisory lock of the one active projector; any constant that nobody else uses. */
const lockKey = 4_202_611_21;

/** SQLSTATE classes 22 (data exception) and 23 (constraint): trying the same again gives the same. */
const isRefusedValue = (error: unknown): boolean => error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));

/** What the projector tells about itself; no personal data in it. */
export interface ProjectorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface ProjectorOptions {
  readonly db: Database;
  readonly calls: Pick<EventLog, 'follow' | 'lastSequence'>;
  readonly log: ProjectorLog;
  /** Most messages per transaction; default 5000. The larger, the fewer times a call that changes often is written while catching up. */
  readonly batchSize?: number;
  /** Pause before the next try, for a standby and after a failure. */
  readonly retryMs?: number;
}

/**
 * Follows the log into the tables. Of all processes that run one, one is active (by an advisory lock on its own connection, which
 * PostgreSQL frees when that process dies), the others stand by. Rows and checkpoint move in one transaction on that same connection,
 * so each message counts exactly once whatever breaks in between.
 */
export class Projector implements AsyncDisposable {
  readonly #options: ProjectorOptions;
  readonly #stopping = new AbortController();
  readonly #cache = callCache(20_000);
  readonly #running: Promise<void>;
  #rebuildFirst = false;
  #turn = new AbortController();
  #position = { sequence: 0, watermark: '' };
  #active = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Whether this process projects, and the last sequence it has written. */
  get status(): { readonly active: boolean; readonly sequence: number } {
    return { active: this.#active, sequence: this.#position.sequence };
  }

  /** Throws all rows away and reads the log from its start again, in this process; false when it is not the active one. */
  rebuild(): boolean {
    if (!this.#active) return false;
    this.#rebuildFirst = true;
    this.#turn.abort();
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, retryMs = 1000 } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#options.db.connection().execute((connection) => this.#takeTurn(connection));
      } catch (error) {
        if (!this.#stopping.signal.aborted) log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'the projection stopped and starts again from its checkpoint');
      }
      this.#active = false;
      await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #takeTurn(db: Database): Promise<void> {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${lockKey}) as locked`.execute(db);
    if (rows[0]?.locked !== true) return;
    try {
      do {
        if (this.#rebuildFirst) await truncateAll(db);
        this.#rebuildFirst = false;
        this.#turn = new AbortController();
        this.#cache.clear();
        this.#position = await db.selectFrom('checkpoint').select(['sequence', 'watermark']).executeTakeFirstOrThrow();
        await this.#refuseOtherLog();
        this.#active = true;
        this.#options.log.info({ sequence: this.#position.sequence }, 'the projection follows the log');
        await this.#follow(db);
      } while (this.#rebuildFirst && !this.#stopping.signal.aborted);
    } finally {
      await sql`select pg_advisory_unlock(${lockKey})`.execute(db).catch(() => undefined);
    }
  }

  async #refuseOtherLog(): Promise<void> {
    const last = await this.#options.calls.lastSequence();
    if (last >= this.#position.sequence) return;
    throw new Error(`the rows were made from a log of at least ${this.#position.sequence} messages, but this one has ${last}: it is not the same log`);
  }

  async #follow(db: Database): Promise<void> {
    const signal = AbortSignal.any([this.#turn.signal, this.#stopping.signal]);
    try {
      const messages = this.#options.calls.follow({ after: this.#position.sequence, signal });
      for await (const batch of naturalBatches(messages, this.#options.batchSize ?? 5000, signal)) await this.#project(db, batch);
    } finally {
      this.#turn.abort();
    }
  }

  /** Writes the messages; where PostgreSQL refuses a value, the message that brings it is found by halving and skipped alone. */
  async #project(db: Database, messages: readonly (Commit | UnreadableMessage)[]): Promise<void> {
    try {
      await this.#write(db, messages);
    } catch (error) {
      const [only, ...others] = messages;
      if (!isRefusedValue(error) || only === undefined) throw error;
      if (others.length === 0) return this.#write(db, [{ sequence: only.sequence, subject: '', problem: 'its values do not fit', data: new Uint8Array() }]);
      const half = Math.ceil(messages.length / 2);
      await this.#project(db, messages.slice(0, half));
      await this.#project(db, messages.slice(half));
    }
  }

  async #write(db: Database, messages: readonly (Commit | UnreadableMessage)[]): Promise<void> {
    const startedAt = Date.now();
    const callIds = new Set(messages.flatMap((message) => ('problem' in message || this.#cache.get(message.callId) ? [] : [message.callId])));
    this.#cache.put(await loadCalls(db, [...callIds]));
    const batch: Batch = projectBatch(this.#position, messages, (callId) => this.#cache.get(callId));
    if (batch.to === batch.from) return;
    await db.transaction().execute((transaction) => writeBatch(transaction, batch));
    this.#position = { sequence: batch.to, watermark: batch.watermark };
    this.#cache.put(batch.calls);
    for (const skipped of batch.skipped) this.#options.log.warn(skipped, 'a message of the log was skipped');
    traceBatch(messages, startedAt);
  }
}
