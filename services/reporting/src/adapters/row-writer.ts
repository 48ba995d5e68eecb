import { metrics } from '@opentelemetry/api';
import { metricNames } from '@earshot/contracts';
import { isUnreadable, refuseTooNew, type FollowedCommit, type UnreadableMessage } from '@earshot/event-log';
import { callCache } from './call-cache.ts';
import type { Database, Place } from './database.ts';
import { projectBatch } from './project-batch.ts';
import type { ProjectorLog } from './projector-log.ts';
import { traceBatch } from './trace-batch.ts';
import { loadCalls, writeBatch } from './write-batch.ts';

type Message = FollowedCommit | UnreadableMessage;

/**
 * SQLSTATE classes 22 (data exception), 23 (constraint) and 54 (a value beyond a limit of the program), or a
 * fold that fails: trying the same again gives the same.
 */
const reasonOf = (error: unknown): string | undefined => {
  if (error instanceof RangeError || error instanceof TypeError)
    return `it cannot be projected (${error.name})`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(22|23|54)/.test(code) ? `its values do not fit into the tables (${code})` : undefined;
};

/** How far a set of the tables has come: the last message, and the newest `updated_at`. */
export interface Position {
  readonly log: string | null;
  readonly sequence: number;
  readonly watermark: string;
}

export interface RowWriterOptions {
  readonly db: Database;
  readonly place: Place;
  readonly log: ProjectorLog;
  readonly now: () => Date;
}

/**
 * Writes messages of the log, in order, into one set of the tables. Rows and checkpoint move in one
 * transaction, so each message counts exactly once whatever breaks in between. A message that is in no row,
 * for whatever reason, is written down and told of.
 */
export class RowWriter {
  readonly #options: RowWriterOptions;
  readonly #cache = callCache(20_000);
  readonly #unreadable = metrics
    .getMeter('@earshot/reporting')
    .createCounter(metricNames.unreadable, { description: 'Messages of the log that are in no row' });
  #position: Position = { log: null, sequence: 0, watermark: '' };
  #busySince: number | undefined;

  constructor(options: RowWriterOptions) {
    this.#options = options;
  }

  get position(): Position {
    return this.#position;
  }

  /** For how long (ms) the database has not answered to a batch; 0 when none waits. */
  get waitingMs(): number {
    return this.#busySince === undefined ? 0 : performance.now() - this.#busySince;
  }

  /** Begins where the tables stand. */
  async open(): Promise<void> {
    const { db, place } = this.#options;
    this.#cache.clear();
    this.#position = await db
      .withSchema(place)
      .selectFrom('checkpoint')
      .select(['log', 'sequence', 'watermark'])
      .executeTakeFirstOrThrow();
  }

  /** @throws ServiceTooOldError when all before a message that is too new is written */
  async write(messages: readonly Message[]): Promise<void> {
    const tooNew = messages.findIndex((message) => isUnreadable(message) && message.tooNew !== undefined);
    await this.#project(tooNew < 0 ? messages : messages.slice(0, tooNew));
    const message = messages[tooNew];
    if (message !== undefined && isUnreadable(message)) refuseTooNew('reporting', message);
  }

  /** Where a message brings what cannot be a row, it is found by halving and set aside alone. */
  async #project(messages: readonly Message[]): Promise<void> {
    try {
      await this.#write(messages);
    } catch (error) {
      const [only, ...others] = messages;
      const reason = reasonOf(error);
      if (reason === undefined || only === undefined) throw error;
      if (others.length === 0)
        return this.#write([
          { sequence: only.sequence, subject: '', problem: reason, data: new Uint8Array() },
        ]);
      const half = Math.ceil(messages.length / 2);
      await this.#project(messages.slice(0, half));
      await this.#project(messages.slice(half));
    }
  }

  async #write(messages: readonly Message[]): Promise<void> {
    const { db, place, log, now } = this.#options;
    const startedAt = Date.now();
    this.#busySince = performance.now();
    try {
      const callIds = new Set(
        messages.flatMap((message) =>
          isUnreadable(message) || this.#cache.get(message.callId) ? [] : [message.callId],
        ),
      );
      this.#cache.put(await loadCalls(db, place, [...callIds]));
      const batch = projectBatch(
        this.#position,
        messages,
        (callId) => this.#cache.get(callId),
        now().toISOString(),
      );
      if (batch.to === batch.from) return;
      await db.transaction().execute((transaction) => writeBatch(transaction, place, batch));
      this.#position = { ...this.#position, sequence: batch.to, watermark: batch.watermark };
      this.#cache.put(batch.calls);
      for (const unreadable of batch.unreadable) {
        this.#unreadable.add(1);
        log.error(unreadable, 'a message of the log is in no row');
      }
    } finally {
      this.#busySince = undefined;
    }
    if (place === 'public') traceBatch(messages, startedAt);
  }
}
