import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const statements = [
  // Which log the rows come from: they are never mixed with those of another.
  'alter table checkpoint add column log text',
  'alter table skipped_messages rename to unreadable_messages',
  'alter table unreadable_messages rename column problem to reason',
  // A reader sees the rows of one tenant.
  'alter table legs add column tenant text',
  'update legs set tenant = calls.tenant from calls where calls.call_id = legs.call_id',
  'alter table legs alter column tenant set not null',
  'drop index calls_export',
  'create index calls_export on calls (tenant, updated_at, changed_sequence, id) where exported',
  'drop index legs_export',
  'create index legs_export on legs (tenant, updated_at, changed_sequence, id) where exported',
  // The same tables beside, for a rebuild. Nobody needs them after a crash: a rebuild begins with empty ones.
  'create schema rebuild',
  'create unlogged table rebuild.calls (like calls including defaults, primary key (call_id))',
  'create unlogged table rebuild.legs (like legs including defaults, primary key (id))',
  'create unlogged table rebuild.checkpoint (like checkpoint including defaults, primary key (singleton))',
  'create unlogged table rebuild.unreadable_messages (like unreadable_messages including defaults, primary key (sequence))',
];

/** The identity of the log, rows by tenant, and tables in which a rebuild is made beside the rows that are read. */
export const oneLogAndAPlaceToRebuild: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
