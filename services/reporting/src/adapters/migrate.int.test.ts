import pg from 'pg';
import { Migrator } from 'kysely/migration';
import { expect, it } from 'vitest';
import { testPostgres } from '@earshot/testkit/postgres';
import { openForTest } from '../reporting-under-test.ts';
import { migrate } from './migrate.ts';
import { callsAndLegs } from './migrations/0001-calls-and-legs.ts';

it('the tables of the first version keep their rows and their place in the log', async () => {
  await using postgres = await testPostgres();
  const db = openForTest(postgres.url);
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() };
  const first = { '0001-calls-and-legs': callsAndLegs };
  await new Migrator({ db, provider: { getMigrations: async () => first } }).migrateToLatest();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`insert into calls (call_id, id, tenant, exported, changed_sequence, updated_at, duration_ms, wait_ms, talk_ms, recording_ms,
    not_recording_ms, state) values ('0199a1b2-0000-7000-8000-000000000001', 1, 'demo', true, 7, '2026-11-21T09:00:00Z', 0, 0, 0, 0, 0, '{}')`);
  await client.query(`insert into legs (id, call_id, exported, changed_sequence, updated_at, created_at, type, duration_ms, talk_ms, spy_ms, whisper_ms,
    barge_ms) values (100, '0199a1b2-0000-7000-8000-000000000001', true, 7, '2026-11-21T09:00:00Z', '2026-11-21T09:00:00Z', 'agent', 0, 0, 0, 0, 0)`);
  await client.query("update checkpoint set sequence = 7, watermark = '2026-11-21T09:00:00.000Z'");
  await client.query("insert into skipped_messages values (3, 'is not a commit')");
  await client.end();

  await migrate(db);
  await migrate(db);
  expect(await db.selectFrom('legs').select(['id', 'tenant', 'updated_at']).execute()).toEqual([
    { id: 100, tenant: 'demo', updated_at: '2026-11-21T09:00:00.000Z' },
  ]);
  expect(await db.selectFrom('checkpoint').selectAll().execute()).toEqual([
    { singleton: true, sequence: 7, watermark: '2026-11-21T09:00:00.000Z', log: null },
  ]);
  expect(await db.selectFrom('unreadable_messages').selectAll().execute()).toEqual([
    { sequence: 3, reason: 'is not a commit' },
  ]);
});
