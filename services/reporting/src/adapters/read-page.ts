import { sql, type RawBuilder } from 'kysely';
import type { CallRow, LegRow } from '../domain/rows.ts';
import type { Cursor } from '../domain/cursor.ts';
import type { Database } from './database.ts';

/** Where a page begins: behind a row, or at a time (Unix seconds, inclusive). */
export type From = { readonly after: Cursor } | { readonly startTime: number };

/** Rows of one page in export order, and whether there were more when it was read. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** Latest second that is asked of PostgreSQL: the end of the year 9999. */
const latest = 253_402_300_799;

const condition = (from: From): RawBuilder<boolean> => 'after' in from
  ? sql<boolean>`(updated_at, changed_sequence, id) > (to_timestamp(${from.after.updatedAt}::float8 / 1000), ${from.after.sequence}::bigint, ${from.after.id}::bigint)`
  : sql<boolean>`updated_at >= to_timestamp(${Math.min(from.startTime, latest)}::float8)`;

const readRows = async <Row>(db: Database, table: 'calls' | 'legs', from: From, limit: number): Promise<Page<Row>> => {
  const { rows } = await sql<Row>`
    select ${table === 'calls' ? callColumns : sql`*`} from ${sql.table(table)} where exported and ${condition(from)}
    order by updated_at, changed_sequence, id limit ${limit + 1}`.execute(db);
  return { rows: rows.slice(0, limit), more: rows.length > limit };
};

const callColumns = sql`id, updated_at, changed_sequence, created_at, direction, completion_status, agent_id, call_group_id, line_id, line_name,
  line_type, line_number, recording_consent, recording_consent_action, recording_consent_keypress, ivr_action, ivr_destination_group_name,
  ivr_hops, ivr_ms, duration_ms, wait_ms, time_to_answer_ms, talk_ms, recording_ms, not_recording_ms`;

/** A page of exported calls, ascending by (updated_at, sequence of the last change, id). */
export const readCalls = (db: Database, from: From, limit: number): Promise<Page<CallRow>> => readRows(db, 'calls', from, limit);

/** A page of exported legs, in the same order. */
export const readLegs = (db: Database, from: From, limit: number): Promise<Page<LegRow>> => readRows(db, 'legs', from, limit);
