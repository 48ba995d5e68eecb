import { sql } from 'kysely';
import type { CallState } from '../domain/call-state.ts';
import {
  callColumns,
  callRowOf,
  legColumns,
  legRowOf,
  supervisionColumns,
  supervisionRowOf,
} from '../domain/rows.ts';
import { tableIn, type Database, type Place, type UnreadableRow } from './database.ts';

/** What a batch of messages comes to. */
export interface Batch {
  /** Checkpoint that the batch was projected from, and the one after it. */
  readonly from: number;
  readonly to: number;
  /** Newest `updated_at` up to `to`. */
  readonly watermark: string;
  /** Every call that the batch touched, as it stands after it. */
  readonly calls: readonly CallState[];
  readonly unreadable: readonly UnreadableRow[];
}

const escapes = /\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g;

/**
 * JSON for PostgreSQL. What no text of it can hold (NUL, half a surrogate pair) becomes U+FFFD, so that
 * no row is lost for a name.
 */
const jsonOf = (rows: readonly object[]): string => {
  const text = JSON.stringify(rows);
  return /\\u[0d]/.test(text)
    ? text.replaceAll(escapes, (all, what: string) => (what.length > 1 ? '\uFFFD' : all))
    : text;
};

interface Target {
  readonly place: Place;
  readonly table: 'calls' | 'legs' | 'supervisions';
  readonly key: string;
  readonly columns: readonly string[];
}

/** Upserts any number of rows with one parameter: PostgreSQL takes the rows apart itself. */
const upsert = async (
  db: Database,
  { place, table, key, columns }: Target,
  rows: readonly object[],
): Promise<void> => {
  if (rows.length === 0) return;
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const changes = sql.join(
    columns
      .filter((column) => column !== key)
      .map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`),
  );
  await sql`
    insert into ${tableIn(place, table)} (${names})
    select ${names} from json_populate_recordset(null::${tableIn(place, table)}, ${jsonOf(rows)}::json)
    on conflict (${sql.ref(key)}) do update set ${changes}`.execute(db);
};

/**
 * Writes a batch and moves the checkpoint, all or nothing. Run inside a transaction.
 * @throws Error when the checkpoint is not where the batch started: another projector is at work.
 */
export const writeBatch = async (db: Database, place: Place, batch: Batch): Promise<void> => {
  const moved = await db
    .withSchema(place)
    .updateTable('checkpoint')
    .set({ sequence: batch.to, watermark: batch.watermark })
    .where('sequence', '=', batch.from)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n)
    throw new Error('the checkpoint moved meanwhile: another projector is at work');
  const calls = batch.calls.map((call) => ({ ...callRowOf(call), state: call }));
  const changed = batch.calls.flatMap((call) =>
    call.legs.filter((leg) => leg.changedSequence > batch.from).map((leg) => legRowOf(call, leg)),
  );
  await upsert(db, { place, table: 'calls', key: 'call_id', columns: [...callColumns, 'state'] }, calls);
  await upsert(db, { place, table: 'legs', key: 'id', columns: legColumns }, changed);
  const supervisions = batch.calls.flatMap((call) => call.lives.map((life) => supervisionRowOf(call, life)));
  await upsert(db, { place, table: 'supervisions', key: 'id', columns: supervisionColumns }, supervisions);
  if (batch.unreadable.length > 0) {
    await db
      .withSchema(place)
      .insertInto('unreadable_messages')
      .values([...batch.unreadable])
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
};

/** Calls as they were last written, by id; those that are not there are left out. */
export const loadCalls = async (
  db: Database,
  place: Place,
  callIds: readonly string[],
): Promise<readonly CallState[]> => {
  if (callIds.length === 0) return [];
  const { rows } = await sql<{
    state: CallState;
  }>`select state from ${tableIn(place, 'calls')} where call_id = any(${callIds}::uuid[])`.execute(db);
  // Written before there were lives, a state has none.
  return rows.map(({ state }) => ({ ...state, lives: state.lives ?? [] }));
};
