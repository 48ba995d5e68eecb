import type { Database } from './database.ts';
import { followInto, type RowSource } from './follow-into.ts';
import { sentenceOf, type ProjectorLog } from './projector-log.ts';
import { RowWriter, TooNewError } from './row-writer.ts';
import { clearRebuild, switchRows } from './switch-rows.ts';

/** How a rebuild stands. */
export interface RebuildStatus {
  readonly state: 'building' | 'built' | 'switching' | 'done' | 'failed';
  /** Last message of the log that is in the new rows, and the one up to which it will go. */
  readonly sequence: number;
  readonly of: number;
  /** Rows that readers get anew, and rows that are gone; null until it is done. */
  readonly changed: number | null;
  readonly removed: number | null;
  readonly problem: string | null;
}

export interface RebuildOptions {
  readonly db: Database;
  readonly calls: RowSource;
  readonly log: ProjectorLog;
  readonly batchSize: number;
  readonly now: () => Date;
}

/**
 * Builds the rows anew from the start of the log, beside those that are read, and puts them in their
 * place. Once per object.
 */
export class Rebuild {
  readonly #options: RebuildOptions;
  readonly #writer: RowWriter;
  readonly #aborting = new AbortController();
  #status: RebuildStatus = {
    state: 'building',
    sequence: 0,
    of: 0,
    changed: null,
    removed: null,
    problem: null,
  };

  constructor(options: RebuildOptions) {
    this.#options = options;
    this.#writer = new RowWriter({ ...options, place: 'rebuild' });
  }

  get status(): RebuildStatus {
    return { ...this.#status, sequence: this.#writer.position.sequence };
  }

  get isUnderWay(): boolean {
    return !['done', 'failed'].includes(this.#status.state);
  }

  /** Gives up; the rows that are read stay as they are. */
  abort(problem: string): void {
    if (this.isUnderWay) this.#fail(problem);
    this.#aborting.abort();
  }

  /** Builds up to where the log stands. @throws TooNewError */
  async build(): Promise<void> {
    try {
      await clearRebuild(this.#options.db, await this.#options.calls.identity());
      await this.#writer.open();
      await this.#catchUp();
      if (this.#status.state === 'building') this.#status = { ...this.#status, state: 'built' };
    } catch (error) {
      this.#fail(sentenceOf(error));
      if (error instanceof TooNewError) throw error;
    }
  }

  /**
   * Takes in what came meanwhile and switches. Nobody else may write the rows while it runs; `db` is
   * the connection that does.
   */
  async finish(db: Database): Promise<void> {
    this.#status = { ...this.#status, state: 'switching' };
    try {
      await this.#catchUp();
      const sums = await switchRows(db, this.#options.now().toISOString());
      this.#status = { ...this.#status, ...sums, state: 'done' };
      this.#options.log.info(sums, 'the rows were built anew from the log');
    } catch (error) {
      this.#fail(sentenceOf(error));
      throw error;
    }
  }

  async #catchUp(): Promise<void> {
    const { calls, batchSize } = this.#options;
    const until = await calls.lastSequence();
    this.#status = { ...this.#status, of: until };
    await followInto(this.#writer, calls, { signal: this.#aborting.signal, batchSize, until });
    if (this.#aborting.signal.aborted) throw new Error('the rebuild was given up');
  }

  #fail(problem: string): void {
    if (this.#status.state !== 'failed')
      this.#options.log.error({ problem }, 'the rebuild failed; the rows that are read are as they were');
    this.#status = { ...this.#status, state: 'failed', problem: this.#status.problem ?? problem };
  }
}
