import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { followInto, type RowSource } from './follow-into.ts';
import { sentenceOf, type ProjectorLog } from './projector-log.ts';
import { Rebuild, type RebuildStatus } from './rebuild.ts';
import { RowWriter, TooNewError } from './row-writer.ts';

/** Key of the PostgreSQL advisory lock of the one active projector; any constant that nobody else uses. */
const lockKey = 4_202_611_21;
/** A batch that waits longer than this (ms) for the database means that the projection stands. */
const tooLongMs = 10_000;

export interface ProjectorOptions {
  /** Connections whose statements may take as long as a rebuild of all rows needs. */
  readonly db: Database;
  readonly calls: RowSource;
  readonly log: ProjectorLog;
  /**
   * Most messages per transaction; default 20,000: with thousands of calls at once a call is then
   * written once for several of its messages.
   */
  readonly batchSize?: number;
  /** Pause (ms) before the next try, for a standby and after a failure; default 1000. */
  readonly retryMs?: number;
  readonly now?: () => Date;
}

/** What can be told of the projection. */
export interface ProjectorStatus {
  /** This process projects; otherwise it stands by. */
  readonly active: boolean;
  /** Last message whose outcome is in the rows, as far as this process wrote it. */
  readonly sequence: number;
  /** Why the rows do not follow the log; null when nothing is wrong. */
  readonly problem: string | null;
  /** The newest rebuild that this process was asked for. */
  readonly rebuild: RebuildStatus | null;
}

/**
 * Follows the log into the tables. Of all processes that run one, one is active (by an advisory lock on its
 * own connection, which PostgreSQL frees when that process dies), the others stand by. Its connection writes
 * the rows, too.
 */
export class Projector implements AsyncDisposable {
  /** Rejects with a sentence when the log holds what only a newer program can read: this one must end. */
  readonly failed: Promise<never>;
  readonly #options: Required<ProjectorOptions>;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #fail: (error: Error) => void = () => undefined;
  #turn = new AbortController();
  #writer: RowWriter | undefined;
  #rebuild: Rebuild | undefined;
  #active = false;
  #problem: string | null = null;

  constructor(options: ProjectorOptions) {
    this.#options = { batchSize: 20_000, retryMs: 1000, now: () => new Date(), ...options };
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
    this.#running = this.#run();
  }

  get status(): ProjectorStatus {
    const waiting =
      (this.#writer?.waitingMs ?? 0) > tooLongMs ? 'PostgreSQL does not answer to the projection' : null;
    return {
      active: this.#active,
      sequence: this.#writer?.position.sequence ?? 0,
      problem: this.#problem ?? waiting,
      rebuild: this.#rebuild?.status ?? null,
    };
  }

  /**
   * Builds the rows anew, beside those that are read, and then puts them in their place; false when
   * this process is not the active one.
   */
  rebuild(): boolean {
    if (!this.#active) return false;
    if (this.#rebuild?.isUnderWay === true) return true;
    const rebuild = new Rebuild(this.#options);
    this.#rebuild = rebuild;
    void rebuild.build().then(
      () => this.#turn.abort(),
      (error: Error) => this.#end(error),
    );
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#rebuild?.abort('reporting stopped');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { db, log, retryMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        await db.connection().execute((connection) => this.#takeTurn(connection));
      } catch (error) {
        if (error instanceof TooNewError) return this.#end(error);
        if (!this.#stopping.signal.aborted)
          this.#tell(
            `the projection stopped and starts again from its checkpoint (${sentenceOf(error)})`,
            log.warn.bind(log),
          );
      }
      this.#rebuild?.abort('the projection stopped; ask for a rebuild again');
      await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  #end(error: Error): void {
    this.#tell(error.message, this.#options.log.error.bind(this.#options.log));
    this.#stopping.abort();
    this.#fail(error);
  }

  /** Each difficulty is told once. */
  #tell(problem: string | null, say: (fields: object, text: string) => void): void {
    if (problem !== null && problem !== this.#problem) say({}, problem);
    this.#problem = problem;
  }

  async #takeTurn(db: Database): Promise<void> {
    const { rows } = await sql<{
      locked: boolean;
    }>`select pg_try_advisory_lock(${lockKey}) as locked`.execute(db);
    if (rows[0]?.locked !== true) return this.#tell(null, () => undefined);
    try {
      await this.#lead(db);
    } finally {
      this.#active = false;
      await sql`select pg_advisory_unlock(${lockKey})`.execute(db).catch(() => undefined);
    }
  }

  /** Follows the log, with a break where a rebuild takes the place of the rows. */
  async #lead(db: Database): Promise<void> {
    const { calls, log, batchSize, retryMs, now } = this.#options;
    this.#writer = new RowWriter({ db, place: 'public', log, now });
    while (!this.#stopping.signal.aborted) {
      this.#turn = new AbortController();
      const signal = AbortSignal.any([this.#turn.signal, this.#stopping.signal]);
      if (this.#rebuild?.status.state === 'built') await this.#rebuild.finish(db);
      await this.#writer.open();
      const refusal = await this.#refusal(db);
      this.#active = true;
      this.#tell(refusal, log.error.bind(log));
      if (refusal !== null) {
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
        continue;
      }
      log.info({ sequence: this.#writer.position.sequence }, 'the projection follows the log');
      await followInto(this.#writer, calls, { signal, batchSize });
      if (!signal.aborted) throw new Error('following the log ended');
    }
  }

  /**
   * Why these rows do not go on with this log; null when they do. The first log that an empty database
   * meets is its own.
   */
  async #refusal(db: Database): Promise<string | null> {
    const { log, sequence } = this.#writer?.position ?? { log: null, sequence: 0 };
    const [identity, last] = [await this.#options.calls.identity(), await this.#options.calls.lastSequence()];
    const whatToDo =
      'Point NATS_URL at the server that holds it, or have the rows built anew from this one (POST /projection/rebuild).';
    if (log !== null && log !== identity)
      return `The rows come from another log (${log}) than this one (${identity}). ${whatToDo}`;
    if (last < sequence)
      return `The rows come from ${sequence} messages, but this log has ${last}: it has lost some. ${whatToDo}`;
    if (log === null)
      await db.withSchema('public').updateTable('checkpoint').set({ log: identity }).execute();
    return null;
  }
}
