import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { aCall } from '@earshot/testkit/events';
import { testPostgres } from '@earshot/testkit/postgres';
import { callNumber, startReportingUnderTest, type ReportingUnderTest } from '../reporting-under-test.ts';
import { openDatabase } from './database.ts';
import { Projector } from './projector.ts';

let postgres: Awaited<ReturnType<typeof testPostgres>>;
beforeAll(async () => { postgres = await testPostgres(); });
afterAll(async () => { await postgres[Symbol.asyncDispose](); });

const warnings: object[] = [];
const log = { info: () => undefined, warn: (fields: object) => void warnings.push(fields) };

const busyDay = async (reporting: ReportingUnderTest, calls: number): Promise<void> => {
  for (let n = 1; n <= calls; n += 1) {
    reporting.setTime(new Date(Date.parse('2026-11-21T08:00:00.000Z') + n * 777).toISOString());
    await reporting.append(callNumber(n).queued().rings('1004').answeredBy('1004').ends());
  }
  await reporting.projected();
};
const rowsOf = async ({ db }: Pick<ReportingUnderTest, 'db'>): Promise<string> => JSON.stringify({
  calls: await db.selectFrom('calls').selectAll().orderBy('call_id').execute(),
  legs: await db.selectFrom('legs').selectAll().orderBy('id').execute(),
  checkpoint: await db.selectFrom('checkpoint').selectAll().execute(),
});
const until = async (condition: () => boolean | Promise<boolean>) => { while (!(await condition())) await sleep(10); };

describe('the projection of the log', () => {
  it('is the same to the byte after it was thrown away and built again', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase('rebuild'));
    await busyDay(reporting, 60);
    const before = await rowsOf(reporting);
    await reporting.db.updateTable('calls').set({ talk_ms: 1 }).execute();
    expect(reporting.projector.rebuild()).toBe(true);
    await until(async () => await rowsOf(reporting) === before);
    expect(await rowsOf(reporting)).toBe(before);
  });

  it('is the same whether the messages came one by one or all at once', async () => {
    await using live = await startReportingUnderTest(await postgres.createDatabase('one_by_one'));
    await busyDay(live, 20);
    const url = await postgres.createDatabase('at_once');
    await using late = await startReportingUnderTest(url);
    await late.projector[Symbol.asyncDispose]();
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
    const row = await reporting.db.selectFrom('calls').select(['completion_status', 'talk_ms', 'agent_id']).executeTakeFirstOrThrow();
    expect(row).toEqual({ completion_status: 'completed', talk_ms: 1000, agent_id: 1004 });
  });

  it('is done by one process at a time, and another takes over when that one ends', async () => {
    const url = await postgres.createDatabase('standby');
    await using reporting = await startReportingUnderTest(url);
    await reporting.append(callNumber(1));
    await reporting.projected();
    const db = openDatabase(url, () => undefined);
    await using standby = new Projector({ db, calls: reporting.process.log, log, retryMs: 20 });
    await sleep(100);
    expect([standby.status.active, standby.rebuild()]).toEqual([false, false]);
    await reporting.projector[Symbol.asyncDispose]();
    await until(() => standby.status.active);
    await reporting.append(callNumber(2));
    await until(() => standby.status.sequence === 2);
    expect((await db.selectFrom('calls').select('id').orderBy('id').execute()).map(({ id }) => id)).toEqual([1, 2]);
    await standby[Symbol.asyncDispose]();
    await db.destroy();
  });

  it('goes on after PostgreSQL was killed', async () => {
    await using own = await testPostgres();
    await using reporting = await startReportingUnderTest(own.url);
    await reporting.append(callNumber(1));
    await reporting.projected();
    // The test's server does not wait for the disk by itself, and would forget the tables.
    await sql`checkpoint`.execute(reporting.db);
    await own.kill();
    await reporting.append(callNumber(2));
    await own.restart();
    await reporting.projected();
    expect((await reporting.db.selectFrom('calls').select('id').orderBy('id').execute()).map(({ id }) => id)).toEqual([1, 2]);
  }, 60_000);

  it('skips a message that is no commit, tells where it is but not what it says, and goes on', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase('strange'));
    await reporting.projector[Symbol.asyncDispose]();
    await reporting.append(callNumber(1));
    const [commit] = await reporting.process.log.load(callNumber(1).callId);
    if (commit === undefined) throw new Error('no commit');
    const strange = { sequence: 1, subject: 'calls.0.1', problem: '+41795551001 is strange', data: new Uint8Array() };
    const calls = {
      lastSequence: async () => 2,
      async *follow({ signal }: { readonly signal: AbortSignal }) { yield strange; yield { ...commit, sequence: 2 }; yield { ...commit, sequence: 2 }; await sleep(60_000, undefined, { signal }).catch(() => undefined); },
    };
    await using projector = new Projector({ db: reporting.db, calls, log });
    await until(() => projector.status.sequence === 2);
    expect(await reporting.db.selectFrom('skipped_messages').selectAll().execute()).toEqual([{ sequence: 1, problem: 'is not a commit' }]);
    expect(JSON.stringify(warnings)).not.toContain('+4179');
    await projector[Symbol.asyncDispose]();
  });

  it('skips a message whose values PostgreSQL refuses, and no other of the same batch', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase('refused_values'));
    await reporting.projector[Symbol.asyncDispose]();
    for (let n = 1; n <= 9; n += 1) {
      const name = n === 5 ? 'a name with a \u0000 in it' : 'Support';
      const line = { id: 'support', exportId: 1, number: '+41445550100', name, type: 'phone' } as const;
      await reporting.append(aCall({ callId: callNumber(n).callId }).commit('signaling', { type: 'CallStarted', data: { direction: 'inbound', line, from: '1', to: '2' } }));
    }
    await using projector = new Projector({ db: reporting.db, calls: reporting.process.log, log });
    await until(() => projector.status.sequence === 9);
    const rows = await reporting.db.selectFrom('calls').select('id').orderBy('id').execute();
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    expect((await reporting.db.selectFrom('skipped_messages').select('sequence').execute()).map(({ sequence }) => sequence)).toEqual([5]);
    await projector[Symbol.asyncDispose]();
  });

  it('does not begin on a log that is not the one its rows came from', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase('other_log'));
    await busyDay(reporting, 2);
    await reporting.projector[Symbol.asyncDispose]();
    const before = await rowsOf(reporting);
    await using other = await startReportingUnderTest(await postgres.createDatabase('other_log_empty'));
    await using projector = new Projector({ db: reporting.db, calls: other.process.log, log, retryMs: 20 });
    await until(() => JSON.stringify(warnings).includes('not the same log'));
    expect([projector.status.active, await rowsOf(reporting)]).toEqual([false, before]);
    await projector[Symbol.asyncDispose]();
  });
});
