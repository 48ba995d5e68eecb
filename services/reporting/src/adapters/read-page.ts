import { sql, type RawBuilder } from 'kysely';
import type { Head, Place } from '../domain/cursor.ts';
import {
  callColumns,
  exportedColumns,
  legColumns,
  type ExportedCallRow,
  type ExportedLegRow,
} from '../domain/rows.ts';
import type { Database } from './database.ts';

/** Where a page begins: behind a row, or at a time (Unix seconds, inclusive). */
export type From = { readonly after: Place } | { readonly startTime: number };

/** Which rows a page holds: those of one tenant, from a place on, up to where a walk ends. */
export interface PageWanted {
  readonly tenant: string;
  readonly from: From;
  readonly end: Head;
  readonly limit: number;
}

/** Latest second that is asked of PostgreSQL: the end of the year 9999. */
const latest = 253_402_300_799;

const moment = (ms: number): RawBuilder<unknown> => sql`to_timestamp(${ms}::float8 / 1000)`;

const begins = (from: From): RawBuilder<boolean> =>
  'after' in from
    ? sql<boolean>`(updated_at, changed_sequence, id) > (${moment(from.after.updatedAt)}, ${from.after.sequence}::bigint, ${from.after.id}::bigint)`
    : sql<boolean>`updated_at >= to_timestamp(${Math.min(from.startTime, latest)}::float8)`;

const readRows = async <Row>(
  db: Database,
  table: 'calls' | 'legs',
  columns: readonly string[],
  { tenant, from, end, limit }: PageWanted,
): Promise<readonly Row[]> => {
  const { rows } = await sql<Row>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(`public.${table}`)}
    where exported and tenant = ${tenant} and ${begins(from)}
      and (updated_at, changed_sequence) <= (${moment(end.updatedAt)}, ${end.sequence}::bigint)
    order by updated_at, changed_sequence, id limit ${limit}`.execute(db);
  return rows;
};

/** A page of exported calls, ascending by (updated_at, sequence of the last change, id). */
export const readCalls = (db: Database, wanted: PageWanted): Promise<readonly ExportedCallRow[]> =>
  readRows(db, 'calls', exportedColumns(callColumns), wanted);

/** A page of exported legs, in the same order. */
export const readLegs = (db: Database, wanted: PageWanted): Promise<readonly ExportedLegRow[]> =>
  readRows(db, 'legs', exportedColumns(legColumns), wanted);

/** How far the rows have come. */
export const readHead = async (db: Database): Promise<Head> => {
  const { watermark, sequence } = await db
    .withSchema('public')
    .selectFrom('checkpoint')
    .select(['watermark', 'sequence'])
    .executeTakeFirstOrThrow();
  return { updatedAt: watermark === '' ? 0 : Date.parse(watermark), sequence };
};

/** Messages of the log that are in no row: how many, and the newest of them. */
export const readUnreadable = async (db: Database) => {
  const all = db.withSchema('public').selectFrom('unreadable_messages');
  const { count } = await all.select(db.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const newest = await all.select(['sequence', 'reason']).orderBy('sequence', 'desc').limit(20).execute();
  return { count, newest };
};
