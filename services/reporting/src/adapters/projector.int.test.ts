import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPostgres } from '@earshot/testkit/postgres';
import {
  callNumber,
  openForTest,
  startReportingUnderTest,
  type ReportingUnderTest,
} from '../reporting-under-test.ts';
import { Projector } from './projector.ts';

let postgres: Awaited<ReturnType<typeof testPostgres>>;
beforeAll(async () => {
  postgres = await testPostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

const warnings: object[] = [];
const note = (fields: object, text: string) => void warnings.push({ ...fields, text });
const log = { info: () => undefined, warn: note, error: note };

const busyDay = async (reporting: ReportingUnderTest, calls: number): Promise<void> => {
  for (let n = 1; n <= calls; n += 1) {
    reporting.setTime(new Date(Date.parse('2026-11-21T08:00:00.000Z') + n * 777).toISOString());
    await reporting.append(callNumber(n).queued().rings('1004').answeredBy('1004').ends());
  }
  await reporting.projected();
};
const rowsOf = async ({ db }: Pick<ReportingUnderTest, 'db'>): Promise<string> =>
  JSON.stringify({
    calls: await db.selectFrom('calls').selectAll().orderBy('call_id').execute(),
    legs: await db.selectFrom('legs').selectAll().orderBy('id').execute(),
    checkpoint: await db.selectFrom('checkpoint').selectAll().execute(),
  });
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(10);
};

describe('the projection of the log', () => {
  it('is the same whether the messages came one by one or all at once', async () => {
    await using live = await startReportingUnderTest(await postgres.createDatabase('one_by_one'));
    await busyDay(live, 20);
    const url = await postgres.createDatabase('at_once');
    await using late = await startReportingUnderTest(url);
    await late.projector[Symbol.asyncDispose]();
    await late.db.updateTable('checkpoint').set({ log: null }).execute();
    await using projector = new Projector({ db: late.db, calls: live.process.log, log, batchSize: 7 });
    await until(() => projector.status.sequence === live.projector.status.sequence);
    expect(await rowsOf(late)).toBe(await rowsOf(live));
  });

  it('goes on with a call where it was when the process ended in the middle of it', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase('restart'));
    const call = callNumber(1).queued().rings('1004').answeredBy('1004');
    await reporting.append(call);
    await reporting.projected();
    await reporting.projector[Symbol.asyncDispose]();
    await reporting.append(call.ends(), call.commits.length);
    await using next = new Projector({ db: reporting.db, calls: reporting.process.log, log });
    await until(() => next.status.sequence === 5);
    const row = await reporting.db
      .selectFrom('calls')
      .select(['completion_status', 'talk_ms', 'agent_id'])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ completion_status: 'completed', talk_ms: 1000, agent_id: 1004 });
  });

  it('is done by one process at a time, and another takes over when that one ends', async () => {
    const url = await postgres.createDatabase('standby');
    await using reporting = await startReportingUnderTest(url);
    await reporting.append(callNumber(1));
    await reporting.projected();
    const db = openForTest(url);
    await using standby = new Projector({ db, calls: reporting.process.log, log, retryMs: 20 });
    await sleep(100);
    expect([standby.status.active, standby.rebuild()]).toEqual([false, false]);
    await reporting.projector[Symbol.asyncDispose]();
    await until(() => standby.status.active);
    await reporting.append(callNumber(2));
    await until(() => standby.status.sequence === 2);
    expect((await db.selectFrom('calls').select('id').orderBy('id').execute()).map(({ id }) => id)).toEqual([
      1, 2,
    ]);
    await standby[Symbol.asyncDispose]();
    await db.destroy();
  });

  it('goes on after PostgreSQL was killed', async () => {
    await using own = await testPostgres();
    await using reporting = await startReportingUnderTest(own.url);
    await reporting.append(callNumber(1));
    await reporting.projected();
    // The test's server does not wait for the disk by itself, and would forget the tables.
    const admin = openForTest(own.adminUrl);
    await sql`checkpoint`.execute(admin);
    await admin.destroy();
    await own.kill();
    await reporting.append(callNumber(2));
    await own.restart();
    await reporting.projected();
    expect(
      (await reporting.db.selectFrom('calls').select('id').orderBy('id').execute()).map(({ id }) => id),
    ).toEqual([1, 2]);
  }, 60_000);
});
