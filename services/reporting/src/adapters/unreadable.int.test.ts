import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, createNoopMeter, metrics } from '@opentelemetry/api';
import { callSubject, metricNames } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';
import { testPostgres } from '@earshot/testkit/postgres';
import { callNumber, startReportingUnderTest, type ReportingUnderTest } from '../reporting-under-test.ts';
import { readUnreadable } from './read-page.ts';
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
  startReportingUnderTest(await postgres.createDatabase(`unreadable_${(databases += 1)}`));
const noted = () => {
  const lines: { readonly level: string; readonly fields: object; readonly text: string }[] = [];
  const note = (level: string) => (fields: object, text: string) => void lines.push({ level, fields, text });
  return { lines, log: { info: note('info'), warn: note('warn'), error: note('error') } };
};
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(10);
};
const idsOf = async ({ db }: ReportingUnderTest) =>
  (await db.selectFrom('calls').select('id').orderBy('id').execute()).map(({ id }) => id);

/** Puts the commits of a script into the log as a program would that does not keep to the contract. */
const addRaw = (
  { store }: ReportingUnderTest,
  script: CallScript,
  change: (text: string) => string,
): void => {
  for (const [place, { writer, events }] of script.commits.entries()) {
    const at = '2026-11-21T09:00:00.000Z';
    const commit = {
      id: `${script.callId}-${place}`,
      callId: script.callId,
      tenant: 'test',
      recordedAt: at,
      causation: { source: 'SWITCH', id: `r${place}`, sequence: null },
      events: events.map((event, index) => ({ id: `${place}/${index}`, version: 1, ...event })),
    };
    store.calls.add({
      subject: callSubject(script.callId, writer),
      id: commit.id,
      trace: ROOT_CONTEXT,
      data: new TextEncoder().encode(change(JSON.stringify(commit))),
    });
  }
};

describe('a message that cannot be read', () => {
  it.each([
    [
      'of a second that does not exist',
      (text: string) => text.replace(/"occurredAt":"[^"]*"/, '"occurredAt":"2026-06-30T23:59:60.000Z"'),
    ],
    [
      'of a month that does not exist',
      (text: string) => text.replace(/"recordedAt":"[^"]*"/, '"recordedAt":"2026-13-01T00:00:00.000Z"'),
    ],
    [
      'of the year 9999',
      (text: string) => text.replace(/"occurredAt":"[^"]*"/, '"occurredAt":"9999-12-31T23:59:59.999Z"'),
    ],
    ['that is no JSON', () => '{'],
    ['that is empty', () => ''],
  ])(
    'because it is %s is set aside with its place and a reason, with an alarm, and the rows go on',
    async (_what, change) => {
      await using reporting = await start();
      await reporting.projector[Symbol.asyncDispose]();
      await reporting.append(callNumber(1));
      addRaw(reporting, callNumber(2), change);
      await reporting.append(callNumber(3));
      const { lines, log } = noted();
      await using projector = new Projector({
        db: reporting.db,
        calls: reporting.process.log,
        log,
        retryMs: 20,
      });
      await until(() => projector.status.sequence === 3);
      expect(await idsOf(reporting)).toEqual([1, 3]);
      const { count, newest } = await readUnreadable(reporting.db);
      expect([count, newest.map(({ sequence }) => sequence), newest[0]?.reason.length]).toEqual([
        1,
        [2],
        expect.any(Number),
      ]);
      expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
        { fields: { sequence: 2, reason: newest[0]?.reason } },
      ]);
      expect(projector.status.problem).toBeNull();
    },
  );

  it('is counted', async () => {
    const counted = new Map<string, number>();
    const createCounter = (name: string) => ({
      add: (more: number) => void counted.set(name, (counted.get(name) ?? 0) + more),
    });
    metrics.setGlobalMeterProvider({ getMeter: () => Object.assign(createNoopMeter(), { createCounter }) });
    try {
      await using reporting = await start();
      addRaw(reporting, callNumber(1), () => '{');
      addRaw(reporting, callNumber(2), () => '[]');
      await reporting.projected();
      expect(counted.get(metricNames.unreadable)).toBe(2);
    } finally {
      metrics.disable();
    }
  });

  it('says nothing of what stood in it', async () => {
    await using reporting = await start();
    await reporting.projector[Symbol.asyncDispose]();
    addRaw(reporting, callNumber(1), (text) =>
      text.replace(/"from":"[^"]*"/, '"from":{"+41795551001":"+41795551001"}'),
    );
    const { lines, log } = noted();
    await using projector = new Projector({ db: reporting.db, calls: reporting.process.log, log });
    await until(() => projector.status.sequence === 1);
    expect(JSON.stringify([lines, await readUnreadable(reporting.db)])).not.toContain('4179');
    expect((await readUnreadable(reporting.db)).count).toBe(1);
  });

  it('because it gives numbers that no table holds costs only its own call, of many that come at once', async () => {
    await using reporting = await start();
    await reporting.projector[Symbol.asyncDispose]();
    for (let n = 1; n <= 9; n += 1) {
      const durationMs = n === 5 ? Number.MAX_SAFE_INTEGER : 1000;
      addRaw(
        reporting,
        callNumber(n)
          .answeredBy('1004')
          .commit('signaling', { type: 'RecorderStarted', data: { recordingId: 'r' } })
          .commit('signaling', { type: 'RecorderStopped', data: { recordingId: 'r', durationMs } }),
        (text) => text.replace('9007199254740991', '1e300'),
      );
    }
    await using projector = new Projector({
      db: reporting.db,
      calls: reporting.process.log,
      log: noted().log,
    });
    const last = await reporting.process.log.lastSequence();
    await until(() => projector.status.sequence === last);
    expect(await idsOf(reporting)).toHaveLength(9);
    expect((await readUnreadable(reporting.db)).count).toBe(1);
    const { recording_ms } = await reporting.db
      .selectFrom('calls')
      .select('recording_ms')
      .where('call_id', '=', callNumber(6).callId)
      .executeTakeFirstOrThrow();
    expect(recording_ms).toBe(1000);
  });
});

it('a call on a line whose name no database can hold is exported, with the sign for what is missing', async () => {
  await using reporting = await start();
  for (const [n, name] of [
    [1, 'a \u0000 in it'],
    [2, 'half \uD83D of one'],
    [3, 'back\\u0000slash'],
    [4, 'Zürich 🎧 \u001F'],
  ] as const) {
    const line = { id: 'support', exportId: 1, number: '+41445550100', name, type: 'phone' } as const;
    await reporting.append(
      aCall({ callId: callNumber(n).callId }).commit('signaling', {
        type: 'CallStarted',
        data: { direction: 'inbound', line, from: '1', to: '2' },
      }),
    );
  }
  await reporting.projected();
  const rows = await reporting.db.selectFrom('calls').select('line_name').orderBy('id').execute();
  expect(rows.map(({ line_name }) => line_name)).toEqual([
    'a \uFFFD in it',
    'half \uFFFD of one',
    'back\\u0000slash',
    'Zürich 🎧 \u001F',
  ]);
  expect((await readUnreadable(reporting.db)).count).toBe(0);
});

describe('a message of a newer program', () => {
  it('stops the projection before it, with a sentence that says where it is and what to do', async () => {
    await using reporting = await start();
    await reporting.projector[Symbol.asyncDispose]();
    await reporting.append(callNumber(1));
    addRaw(
      reporting,
      aCall({ callId: callNumber(2).callId }).commit('signaling', {
        type: 'CallEnded',
        data: { completion: 'completed' },
      }),
      (text) => text.replace('"version":1', '"version":2'),
    );
    await reporting.append(callNumber(3));
    await using projector = new Projector({
      db: reporting.db,
      calls: reporting.process.log,
      log: noted().log,
      retryMs: 20,
    });
    const sentence = await projector.failed.catch((error: Error) => error.message);
    expect(sentence).toBe(
      'The log holds CallEnded of version 2 at place 2 of CALLS, and this reporting reads up to version 1. ' +
        'Upgrade reporting; it goes on at that place, nothing was passed over.',
    );
    expect(projector.status.problem).toBe(sentence);
    expect([await idsOf(reporting), (await readUnreadable(reporting.db)).count]).toEqual([[1], 0]);
  });
});

it('whoever writes with a clock of another year leaves the order of the export alone', async () => {
  await using reporting = await start();
  const recorded = (n: number, recordedAt: string) =>
    addRaw(reporting, callNumber(n), (text) =>
      text.replace(/"recordedAt":"[^"]*"/, `"recordedAt":"${recordedAt}"`),
    );
  reporting.setTime('2026-11-21T09:00:00.000Z');
  recorded(1, '2199-12-31T23:59:59.999Z');
  reporting.setTime('2026-11-21T09:00:01.000Z');
  recorded(2, '1970-01-01T00:00:00.000Z');
  await reporting.projected();
  const rows = await reporting.db.selectFrom('calls').select('updated_at').orderBy('id').execute();
  expect(rows.map(({ updated_at }) => updated_at)).toEqual([
    '2026-11-21T09:00:00.000Z',
    '2026-11-21T09:00:01.000Z',
  ]);
});

it('a log whose own clock is a day ahead holds no row back from those who take recent rows for the end', async () => {
  await using reporting = await start();
  const before = Date.now();
  reporting.setTime(new Date(before + 86_400_000).toISOString());
  await reporting.append(callNumber(1));
  await reporting.append(callNumber(2));
  await reporting.projected();
  const rows = await reporting.db.selectFrom('calls').select('updated_at').orderBy('id').execute();
  expect(
    rows.every(
      ({ updated_at }) => Date.parse(updated_at) >= before - 1 && Date.parse(updated_at) <= Date.now(),
    ),
  ).toBe(true);
});
