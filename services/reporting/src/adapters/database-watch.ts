import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Whether the database answers, asked once a second by the connections that readers use. */
export class DatabaseWatch implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #problem: string | null = null;

  constructor(db: Database, everyMs = 1000) {
    this.#running = this.#run(db, everyMs);
  }

  /** Null while it answers. */
  get problem(): string | null {
    return this.#problem;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(db: Database, everyMs: number): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#problem = await sql`select 1`.execute(db).then(
        () => null,
        () => 'PostgreSQL does not answer',
      );
      await sleep(everyMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }
}
