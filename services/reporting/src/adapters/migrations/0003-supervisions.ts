import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const columns = `
  id text primary key,
  call_id uuid not null,
  tenant text not null,
  supervisor text not null,
  agent text not null,
  requested_at timestamptz(3) not null,
  life jsonb not null`;

const statements = [
  `create table supervisions (${columns})`,
  'create index supervisions_by_time on supervisions (tenant, requested_at, id)',
  'create index supervisions_by_call on supervisions (call_id)',
  'create index supervisions_by_supervisor on supervisions (tenant, supervisor, requested_at, id)',
  'create index supervisions_by_agent on supervisions (tenant, agent, requested_at, id)',
  `create unlogged table rebuild.supervisions (${columns})`,
];

/** Who supervised whom, or asked to, from the request to the end. */
export const supervisions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
