import { Kysely, PostgresDialect, sql, type RawBuilder } from 'kysely';
import pg from 'pg';
import type { CallState } from '../domain/call-state.ts';
import type { CallRow, LegRow, SupervisionRow } from '../domain/rows.ts';

/** A message of the log that is in no row, and why. */
export interface UnreadableRow {
  readonly sequence: number;
  readonly reason: string;
}

/**
 * The tables of reporting, see `migrations/`. Moments come back as ISO 8601 text, bigint as number (all
 * ids stay below 2^53).
 */
export interface Tables {
  calls: CallRow & { readonly state: CallState };
  legs: LegRow;
  supervisions: SupervisionRow;
  /** One row: which log the rows are made from and how far, and the newest `updated_at`. */
  checkpoint: { singleton: boolean; log: string | null; sequence: number; watermark: string };
  unreadable_messages: UnreadableRow;
}
export type Database = Kysely<Tables>;

/** Where a set of the tables stands: `public` is what readers get, `rebuild` is made beside it. */
export type Place = 'public' | 'rebuild';

/** One of the tables, for SQL that is written by hand. */
export const tableIn = (place: Place, table: keyof Tables): RawBuilder<unknown> =>
  sql.table(`${place}.${table}`);

const bigint = 20;
const timestamptz = 1184;
// PostgreSQL says "2026-11-21 09:00:07.64+00"; a session of ours is always in UTC.
const isoOf = (text: string): string =>
  `${text.slice(0, 10)}T${text.slice(11, -3).padEnd(12, text.includes('.') ? '0' : '.000')}Z`;
const parserOf = (type: number) => {
  if (type === bigint) return Number;
  return type === timestamptz ? isoOf : undefined;
};

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Hears of connections that broke. */
  readonly onLost: (error: Error) => void;
  /** Longest time (ms) that a statement may take, however the server fares. */
  readonly statementMs: number;
  readonly connections?: number;
}

/** Opens the database; connections are made when they are needed. Ended by `destroy()`. */
export const openDatabase = ({
  connectionString,
  onLost,
  statementMs,
  connections = 10,
}: DatabaseOptions): Database => {
  const pool = new pg.Pool({
    connectionString,
    max: connections,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    options: '-c timezone=UTC -c datestyle=ISO',
    // The server ends a statement that is too slow; a server that is frozen cannot, so the client gives up a
    // little later.
    statement_timeout: statementMs,
    query_timeout: statementMs + 500,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        parserOf(type) ?? pg.types.getTypeParser(type, format),
    },
  });
  pool.on('error', onLost);
  // A connection that breaks while it is in use tells so by an event too, which ends the process when nobody
  // listens.
  pool.on('connect', (client) => client.on('error', onLost));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
};
