import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPostgres } from '@earshot/testkit/postgres';
import {
  authorization,
  callNumber,
  startReportingUnderTest,
  type ReportingUnderTest,
} from '../reporting-under-test.ts';
import { connectors, type PagedAnswer, type PagedRow } from './simulated-connectors.ts';

const fetchPage = async (url: string): Promise<PagedAnswer> => {
  const response = await fetch(url, { headers: { authorization } });
  expect(response.status).toBe(200);
  const body = (await response.json()) as {
    calls?: PagedRow[];
    legs?: PagedRow[];
    count: number;
    end_time: number;
    next_page: string;
  };
  return {
    rows: body.calls ?? body.legs ?? [],
    count: body.count,
    endTime: body.end_time,
    nextPage: body.next_page,
  };
};

let postgres: Awaited<ReturnType<typeof testPostgres>>;
beforeAll(async () => {
  postgres = await testPostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

let databases = 0;
const start = async () =>
  startReportingUnderTest(await postgres.createDatabase(`connectors_${(databases += 1)}`));
const callsUrl = (reporting: ReportingUnderTest, startTime: number | string = 0) =>
  `${reporting.url}/api/v2/channels/voice/stats/incremental/calls.json?start_time=${startTime}&limit=1000`;

const appendCalls = async (
  reporting: ReportingUnderTest,
  count: number,
  timeOf: (n: number) => string,
): Promise<void> => {
  for (let n = 1; n <= count; n += 1) {
    reporting.setTime(timeOf(n));
    await reporting.append(callNumber(n));
  }
  await reporting.projected();
};
/** Long ago: zenpy takes a row of the last five minutes for the end. */
const at = (seconds: number) =>
  new Date(Date.parse('2025-03-01T09:00:00.000Z') + seconds * 1000).toISOString();

const spreads = [
  { name: 'no call', count: 0, timeOf: () => at(0) },
  { name: 'one call', count: 1, timeOf: () => at(0) },
  { name: '999 calls, one per second', count: 999, timeOf: (n: number) => at(n) },
  { name: '1000 calls, one per second', count: 1000, timeOf: (n: number) => at(n) },
  { name: '1001 calls, two per second', count: 1001, timeOf: (n: number) => at(n / 2) },
  { name: '2500 calls, two per second', count: 2500, timeOf: (n: number) => at(n / 2) },
  {
    name: '2500 calls, 1500 of them in one second',
    count: 2500,
    timeOf: (n: number) => at(n <= 500 ? n : n <= 2000 ? 600 : n),
  },
];

describe.each(spreads)('with $name in the export', ({ count, timeOf }) => {
  let reporting: ReportingUnderTest;
  beforeAll(async () => {
    reporting = await start();
    await appendCalls(reporting, count, timeOf);
  });
  afterAll(async () => {
    await reporting[Symbol.asyncDispose]();
  });

  it.each(Object.entries(connectors))(
    '%s reads each call exactly once and stops',
    async (_name, connector) => {
      const ids: number[] = [];
      for await (const row of connector(fetchPage, callsUrl(reporting))) ids.push(row.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBe(count);
    },
  );

  it('every connector reads each leg exactly once, although all legs of a call share a second', async () => {
    for (const connector of Object.values(connectors)) {
      const ids: number[] = [];
      for await (const row of connector(fetchPage, callsUrl(reporting).replace('/calls.json', '/legs')))
        ids.push(row.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBe(count);
    }
  });
});

describe('while calls go on', () => {
  it.each(Object.entries(connectors))(
    '%s misses no call in two walks, finds the newest state of each, and stops',
    async (_name, connector) => {
      await using reporting = await start();
      await appendCalls(reporting, 1500, (n) => at(n));
      let clock = 1500;
      let changed = 0;
      const changingFetch = async (url: string): Promise<PagedAnswer> => {
        const page = await fetchPage(url);
        for (let times = 0; times < 40; times += 1) {
          changed += 1;
          reporting.setTime(at((clock += 1)));
          await reporting.append(callNumber(((changed * 7) % 1500) + 1).ends(), 1);
        }
        await reporting.projected();
        return page;
      };
      const seen = new Map<number, string>();
      const readWith = async (fetch: typeof fetchPage, startTime: number) => {
        for await (const row of connector(fetch, callsUrl(reporting, startTime)))
          seen.set(row.id, row.updated_at);
      };
      await readWith(changingFetch, 0);
      const newest = [...seen.values()].toSorted().at(-1) ?? '';
      await readWith(fetchPage, Date.parse(newest) / 1000);
      const rows = await reporting.db.selectFrom('calls').select(['id', 'updated_at']).execute();
      expect(rows).toHaveLength(1500);
      expect(rows.filter((row) => seen.get(row.id ?? 0) !== `${row.updated_at.slice(0, 19)}Z`)).toEqual([]);
    },
  );

  it.each(Object.entries(connectors))(
    '%s ends although it takes more than a second for a page',
    async (_name, connector) => {
      await using reporting = await start();
      await appendCalls(reporting, 1100, (n) => at(n));
      const changing = new AbortController();
      let changes = 0;
      const keepChanging = async () => {
        while (!changing.signal.aborted) {
          changes += 1;
          reporting.setTime(at(1100 + changes));
          await reporting.append(callNumber(changes).ends(), 1);
          await sleep(20);
        }
      };
      const writing = keepChanging();
      const slowFetch = async (url: string): Promise<PagedAnswer> => {
        const page = await fetchPage(url);
        await sleep(1100);
        return page;
      };
      const ids: number[] = [];
      for await (const row of connector(slowFetch, callsUrl(reporting))) ids.push(row.id);
      changing.abort();
      await writing;
      expect(changes).toBeGreaterThan(10);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThanOrEqual(1000);
    },
  );

  it('whoever polls begins the next walk where the last one ended, once the end was told', async () => {
    await using reporting = await startReportingUnderTest(
      await postgres.createDatabase('polling_after_the_end'),
      { tailPauseMs: 200 },
    );
    await appendCalls(reporting, 3, () => at(1));
    const last = await fetchPage(callsUrl(reporting));
    await reporting.append(callNumber(2).ends(), 1);
    await reporting.projected();
    const soon = await fetchPage(last.nextPage);
    expect([soon.rows, soon.nextPage]).toEqual([[], last.nextPage]);
    await sleep(250);
    const later = await fetchPage(soon.nextPage);
    expect([later.rows, later.nextPage === last.nextPage]).toEqual([[], false]);
    expect((await fetchPage(later.nextPage)).rows.map(({ id }) => id)).toEqual([2]);
  });

  it('a reader who polls next_page gets every change that came after the last row', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase(`polling`), {
      tailPauseMs: 0,
    });
    await appendCalls(reporting, 3, () => at(1));
    let page = await fetchPage(callsUrl(reporting));
    const polled: number[] = [];
    for (let n = 1; n <= 3; n += 1) {
      await reporting.append(callNumber(n).ends(), 1);
      await reporting.projected();
      page = await fetchPage(page.nextPage);
      polled.push(...page.rows.map((row) => row.id));
    }
    expect(polled).toEqual([1, 2, 3]);
  });

  it('a message recorded by a clock that is behind is not lost to a reader at the end', async () => {
    await using reporting = await startReportingUnderTest(await postgres.createDatabase(`clocks`), {
      tailPauseMs: 0,
    });
    await appendCalls(reporting, 2, (n) => at(100 - n * 50));
    const first = await fetchPage(callsUrl(reporting, Date.parse(at(50)) / 1000));
    expect(first.rows.map((row) => row.id)).toEqual([1, 2]);
    reporting.setTime(at(0));
    await reporting.append(callNumber(3));
    await reporting.projected();
    const next = await fetchPage(first.nextPage);
    expect(next.rows.map((row) => row.id)).toEqual([3]);
  });
});
