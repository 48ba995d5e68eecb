import { sql } from 'kysely';
import type { CallState } from '../domain/call-state.ts';
import { callRowOf, legRowOf, type CallRow, type LegRow } from '../domain/rows.ts';
import type { Database } from './database.ts';

/** What a batch of messages comes to. */
export interface Batch {
  /** Checkpoint that the batch was projected from, and the one after it. */
  readonly from: number;
  readonly to: number;
  /** Newest `recordedAt` of the log up to `to`. */
  readonly watermark: string;
  /** Every call that the batch touched, as it stands after it. */
  readonly calls: readonly CallState[];
  readonly skipped: readonly { readonly sequence: number; readonly problem: string }[];
}

const callColumns = [
  'call_id', 'id', 'tenant', 'exported', 'changed_sequence', 'updated_at', 'created_at', 'direction', 'completion_status', 'agent_id',
  'call_group_id', 'line_id', 'line_name', 'line_type', 'line_number', 'recording_consent', 'recording_consent_action',
  'recording_consent_keypress', 'ivr_action', 'ivr_destination_group_name', 'ivr_hops', 'ivr_ms', 'duration_ms', 'wait_ms',
  'time_to_answer_ms', 'talk_ms', 'recording_ms', 'not_recording_ms', 'state',
] as const satisfies readonly (keyof CallRow | 'state')[];

const legColumns = [
  'id', 'call_id', 'call_export_id', 'exported', 'changed_sequence', 'updated_at', 'created_at', 'type', 'agent_id', 'completion_status',
  'duration_ms', 'talk_ms', 'spy_ms', 'whisper_ms', 'barge_ms',
] as const satisfies readonly (keyof LegRow)[];

/** Upserts any number of rows with one parameter: PostgreSQL takes the rows apart itself. */
const upsert = async (db: Database, table: 'calls' | 'legs', key: string, columns: readonly string[], rows: readonly object[]): Promise<void> => {
  if (rows.length === 0) return;
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const changes = sql.join(columns.filter((column) => column !== key).map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`));
  await sql`
    insert into ${sql.table(table)} (${names})
    select ${names} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)
    on conflict (${sql.ref(key)}) do update set ${changes}`.execute(db);
};

/**
 * Writes a batch and moves the checkpoint, all or nothing. Run inside a transaction.
 * @throws Error when the checkpoint is not where the batch started: another projector is at work.
 */
export const writeBatch = async (db: Database, batch: Batch): Promise<void> => {
  const moved = await db.updateTable('checkpoint').set({ sequence: batch.to, watermark: batch.watermark })
    .where('sequence', '=', batch.from).executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Error('the checkpoint moved meanwhile: another projector is at work');
  await upsert(db, 'calls', 'call_id', callColumns, batch.calls.map((call) => ({ ...callRowOf(call), state: call })));
  const changed = batch.calls.flatMap((call) => call.legs.filter((leg) => leg.changedSequence > batch.from).map((leg) => legRowOf(call, leg)));
  await upsert(db, 'legs', 'id', legColumns, changed);
  if (batch.skipped.length > 0) {
    await db.insertInto('skipped_messages').values([...batch.skipped]).onConflict((conflict) => conflict.doNothing()).execute();
  }
};

/** Calls as they were last written, by id; those that are not there are left out. */
export const loadCalls = async (db: Database, callIds: readonly string[]): Promise<readonly CallState[]> => {
  if (callIds.length === 0) return [];
  const { rows } = await sql<{ state: CallState }>`select state from calls where call_id = any(${callIds}::uuid[])`.execute(db);
  return rows.map((row) => row.state);
};

/** Throws away all rows and the checkpoint; following the log from its start brings the same rows again. */
export const truncateAll = async (db: Database): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    await sql`truncate calls, legs, skipped_messages`.execute(transaction);
    await transaction.updateTable('checkpoint').set({ sequence: 0, watermark: '' }).execute();
  });
};
