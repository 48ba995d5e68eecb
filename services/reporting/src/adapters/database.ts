import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { CallState } from '../domain/call-state.ts';
import type { CallRow, LegRow } from '../domain/rows.ts';

/** The tables of reporting, see `migrations/`. Moments come back as ISO 8601 text, bigint as number (all ids stay below 2^53). */
export interface Tables {
  calls: CallRow & { readonly state: CallState };
  legs: LegRow;
  checkpoint: { singleton: boolean; sequence: number; watermark: string };
  skipped_messages: { sequence: number; problem: string };
}
export type Database = Kysely<Tables>;

const bigint = 20;
const timestamptz = 1184;
const parserOf = (type: number) => {
  if (type === bigint) return Number;
  if (type === timestamptz) return (text: string) => new Date(text).toISOString();
  return undefined;
};

/** Opens the database; connections are made when they are needed. `onLost` hears of connections that broke. Ended by `destroy()`. */
export const openDatabase = (connectionString: string, onLost: (error: Error) => void): Database => {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: (type: number, format?: 'text' | 'binary') => parserOf(type) ?? pg.types.getTypeParser(type, format as 'text') },
  });
  pool.on('error', onLost);
  // A connection that breaks while it is in use tells so by an event too, which ends the process when nobody listens.
  pool.on('connect', (client) => client.on('error', onLost));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
};
