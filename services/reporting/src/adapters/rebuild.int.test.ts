import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { testPostgres } from '@earshot/testkit/postgres';
import {
  authorization,
  callNumber,
  silent,
  startReportingUnderTest,
  type ReportingUnderTest,
} from '../reporting-under-test.ts';
import type { RowSource } from './follow-into.ts';
import { Projector } from './projector.ts';

let postgres: Awaited<ReturnType<typeof testPostgres>>;
beforeAll(async () => {
  postgres = await testPostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

let databases = 0;
const start = async () =>
  startReportingUnderTest(await postgres.createDatabase(`rebuild_${(databases += 1)}`), { tailPauseMs: 0 });
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(5);
};

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
    supervisions: await db.selectFrom('supervisions').selectAll().orderBy('id').execute(),
    checkpoint: await db.selectFrom('checkpoint').selectAll().execute(),
  });
const rebuilt = async (projector: Projector): Promise<void> => {
  expect(projector.rebuild()).toBe(true);
  await until(
    () => projector.status.rebuild?.state === 'done' || projector.status.rebuild?.state === 'failed',
  );
};

interface Page {
  readonly calls: readonly { readonly id: number; readonly talk_time: number; readonly updated_at: string }[];
  readonly count: number;
  readonly next_page: string;
}
const pageAt = async (url: string): Promise<Page> => {
  const response = await fetch(url, { headers: { authorization } });
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};
const everything = (reporting: ReportingUnderTest) =>
  pageAt(`${reporting.url}/api/v2/channels/voice/stats/incremental/calls?start_time=0`);

/** The log, handed over only message by message as the test lets it. */
const slowly = (log: RowSource): { readonly calls: RowSource; let: (messages: number) => void } => {
  let allowed = 0;
  let wake = Promise.withResolvers<void>();
  return {
    let: (messages) => {
      allowed += messages;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    calls: {
      identity: () => log.identity(),
      lastSequence: () => log.lastSequence(),
      async *follow(options) {
        for await (const message of log.follow(options)) {
          while (allowed === 0 && !options.signal.aborted) await wake.promise;
          allowed -= 1;
          yield message;
        }
      },
    },
  };
};

describe('a rebuild', () => {
  it('brings back who listened to whom, and takes away what the log does not hold', async () => {
    await using reporting = await start();
    const talk = callNumber(1).answeredBy('1004');
    await reporting.append(talk.dialsCode('1001', 'spy', '1004').leaves('1001').ends());
    await reporting.projected();
    const before = await rowsOf(reporting);
    const [row] = await reporting.db.selectFrom('supervisions').selectAll().execute();
    expect(row).toMatchObject({ supervisor: '1001', agent: '1004', life: { state: 'ended' } });
    const life = { ...row?.life, supervisor: '9999' };
    await sql`update supervisions set supervisor = '9999', life = ${JSON.stringify(life)}::jsonb`.execute(
      reporting.db,
    );
    await sql`insert into supervisions select 'x', call_id, tenant, supervisor, agent, requested_at, life from supervisions`.execute(
      reporting.db,
    );
    await rebuilt(reporting.projector);
    expect(reporting.projector.status.rebuild).toMatchObject({ state: 'done', changed: 1, removed: 1 });
    const { checkpoint: _, ...rows } = JSON.parse(await rowsOf(reporting)) as Record<string, unknown>;
    expect(JSON.parse(before)).toMatchObject(rows);
  });

  it('that changes nothing leaves every row as it is, to the byte, and gives readers nothing to read again', async () => {
    await using reporting = await start();
    await busyDay(reporting, 60);
    const [before, page] = [await rowsOf(reporting), await everything(reporting)];
    await rebuilt(reporting.projector);
    expect(reporting.projector.status.rebuild).toMatchObject({
      state: 'done',
      changed: 0,
      removed: 0,
      problem: null,
    });
    expect(await rowsOf(reporting)).toBe(before);
    expect((await pageAt(page.next_page)).count).toBe(0);
  });

  it('gives a reader who polls every row that it corrected, and no other', async () => {
    await using reporting = await start();
    await busyDay(reporting, 30);
    await reporting.db.updateTable('calls').set({ talk_ms: 999_000 }).where('id', '=', 1).execute();
    await reporting.db
      .updateTable('calls')
      .set({ talk_ms: 999_000 })
      .where('call_id', '=', callNumber(7).callId)
      .execute();
    const wrong = await everything(reporting);
    expect(wrong.calls.filter(({ talk_time }) => talk_time === 999)).toHaveLength(2);
    await rebuilt(reporting.projector);
    const corrected = await pageAt(wrong.next_page);
    expect(corrected.calls.map(({ talk_time }) => talk_time)).toEqual([1, 1]);
    expect(reporting.projector.status.rebuild).toMatchObject({ changed: 2, removed: 0 });
    // What comes after it is behind it, although the log's clock says otherwise.
    await reporting.append(callNumber(31));
    await reporting.projected();
    expect((await pageAt(corrected.next_page)).calls).toHaveLength(1);
  });

  it('brings back a row that was lost, and takes away one that never was', async () => {
    await using reporting = await start();
    await busyDay(reporting, 5);
    await reporting.db.deleteFrom('calls').where('id', '=', 1).execute();
    await reporting.db
      .updateTable('calls')
      .set({ call_id: '0199a1b2-0000-7000-8000-ffffffffffff' })
      .where('call_id', '=', callNumber(2).callId)
      .execute();
    await rebuilt(reporting.projector);
    expect(reporting.projector.status.rebuild).toMatchObject({ state: 'done', changed: 2, removed: 1 });
    expect((await everything(reporting)).count).toBe(5);
  });

  it('shows readers all the old rows, answered at once, until all the new ones are there; rows go on meanwhile', async () => {
    await using reporting = await start();
    await busyDay(reporting, 40);
    await reporting.db.updateTable('calls').set({ talk_ms: 999_000 }).execute();
    await reporting.projector[Symbol.asyncDispose]();
    const source = slowly(reporting.process.log);
    await using projector = new Projector({
      db: reporting.db,
      calls: source.calls,
      log: silent,
      batchSize: 7,
    });
    await until(() => projector.status.active);
    expect(projector.rebuild()).toBe(true);
    const seen = new Set<string>();
    const last = await reporting.process.log.lastSequence();
    for (let done = 0; done < last; done += 10) {
      source.let(10);
      await until(
        () =>
          (projector.status.rebuild?.sequence ?? 0) >= Math.min(done + 10, last) ||
          projector.status.rebuild?.state === 'done',
      );
      const talked = (await everything(reporting)).calls.map(({ talk_time }) => talk_time);
      seen.add(
        [...new Set(talked)]
          .map((seconds) => `${talked.filter((each) => each === seconds).length} of ${seconds} s`)
          .join(),
      );
    }
    await until(() => projector.status.rebuild?.state === 'done');
    seen.add(
      `then ${[...new Set((await everything(reporting)).calls.map(({ talk_time }) => talk_time))].join()}`,
    );
    expect([...seen].filter((rows) => rows !== '40 of 1 s')).toEqual(['40 of 999 s', 'then 1']);
  });

  it('takes in what the log got while it was made', async () => {
    await using reporting = await start();
    await busyDay(reporting, 20);
    expect(reporting.projector.rebuild()).toBe(true);
    for (let n = 21; n <= 60; n += 1) await reporting.append(callNumber(n).queued());
    await until(() => reporting.projector.status.rebuild?.state === 'done');
    await reporting.append(callNumber(61));
    await reporting.projected();
    const { calls } = await everything(reporting);
    expect([calls.length, new Set(calls.map(({ id }) => id)).size]).toEqual([61, 61]);
  });

  it('is refused where another process projects', async () => {
    await using reporting = await start();
    await reporting.append(callNumber(1));
    await reporting.projected();
    await using standby = new Projector({
      db: reporting.db,
      calls: reporting.process.log,
      log: silent,
      retryMs: 20,
    });
    await sleep(100);
    expect(standby.rebuild()).toBe(false);
  });
});

describe('another log', () => {
  it.each([
    ['shorter', 2],
    ['longer', 40],
  ])(
    'that is %s is refused with a sentence that says what to do, and no row of it comes in',
    async (_which, calls) => {
      await using reporting = await start();
      await busyDay(reporting, 10);
      await reporting.projector[Symbol.asyncDispose]();
      const before = await rowsOf(reporting);
      await using other = await start();
      await busyDay(other, calls);
      await using projector = new Projector({
        db: reporting.db,
        calls: other.process.log,
        log: silent,
        retryMs: 20,
      });
      await until(() => projector.status.problem !== null);
      expect(projector.status.problem).toBe(
        `The rows come from another log (${await reporting.process.log.identity()}) than this one (${await other.process.log.identity()}). ` +
          'Point NATS_URL at the server that holds it, or have the rows built anew from this one (POST /projection/rebuild).',
      );
      await sleep(100);
      expect(await rowsOf(reporting)).toBe(before);
    },
  );

  it('takes the place of the first after a rebuild, and a reader who polls gets what differs', async () => {
    await using reporting = await start();
    await busyDay(reporting, 10);
    await reporting.projector[Symbol.asyncDispose]();
    const { next_page } = await everything(reporting);
    await using other = await start();
    await other.append(callNumber(90));
    await busyDay(other, 3);
    await using projector = new Projector({
      db: reporting.db,
      calls: other.process.log,
      log: silent,
      retryMs: 20,
    });
    await until(() => projector.status.problem !== null);
    await rebuilt(projector);
    await until(() => projector.status.problem === null);
    expect((await pageAt(next_page)).calls.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([
      1, 2, 7, 12,
    ]);
    expect((await everything(reporting)).count).toBe(4);
  });

  it('that has lost its newest messages is refused, too', async () => {
    await using reporting = await start();
    await busyDay(reporting, 3);
    await reporting.projector[Symbol.asyncDispose]();
    const { log } = reporting.process;
    const restored: RowSource = {
      identity: () => log.identity(),
      lastSequence: async () => 5,
      follow: (options) => log.follow(options),
    };
    await using projector = new Projector({ db: reporting.db, calls: restored, log: silent, retryMs: 20 });
    await until(() => projector.status.problem !== null);
    expect(projector.status.problem).toMatch(
      /^The rows come from 15 messages, but this log has 5: it has lost some\. Point NATS_URL/,
    );
  });
});
