import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowMs, type Phone } from '@earshot/testkit/phones';
import { expectSoundOfControl, startControl, type Control } from './control-call.ts';
import { hearingOf, leaks, lost } from './hearing.ts';
import { serviceNames, type ServiceName } from './service-names.ts';
import { openStage, talk, tones, wait, type Stage } from './stage.ts';

type Row = Readonly<Record<string, unknown>>;

/** Moments of the call, in ms after the parties hear each other; the same with and without a kill. */
const moments = { supervises: 500, killed: 2_000, whispers: 9_000, ends: 13_000 } as const;

/** Those of the three agents who were rung, of the customer and of the supervisor. */
const legsOfTheCall = 5;

/** Fields that say when or which, not what happened. */
const identity = new Set(['id', 'call_id', 'created_at', 'updated_at']);
/** Whole seconds that may round differently when a phone reacts a moment later. */
const isDuration = (name: string): boolean => /(time|duration|time_to_answer)$/.test(name);

const expectSameRow = (row: Row, other: Row): void => {
  for (const [name, value] of Object.entries(row)) {
    if (identity.has(name)) continue;
    if (isDuration(name) && typeof value === 'number')
      expect(
        Math.abs(value - Number(other[name])),
        `${name}: ${value} and ${String(other[name])}`,
      ).toBeLessThanOrEqual(1);
    else expect(other[name], name).toEqual(value);
  }
};

describe('a supervised, recorded call while a service is killed and started again', () => {
  let stage: Stage;
  let customer: Phone;
  let olivia: Phone;
  let benjamin: Phone;
  let control: Control;
  let undisturbed: Awaited<ReturnType<typeof play>>;

  const at = (start: number, ms: number): Promise<void> => wait(Math.max(0, start + ms - Date.now()));

  /** Plays the call; `disturb` runs while Benjamin spies. */
  const play = async (disturb: () => Promise<void>) => {
    const { callId, connectedAt } = await talk(stage, customer);
    await at(connectedAt, moments.supervises);
    await benjamin.dial('*901004');
    await stage.log.until('SupervisionStarted', { callId });
    await at(connectedAt, moments.killed);
    await disturb();
    await at(connectedAt, moments.whispers);
    const since = stage.log.count;
    await benjamin.press('1');
    const applied = await stage.log.until('TopologyApplied', { since, callId });
    await at(connectedAt, moments.ends);
    const endedAt = Date.now();
    await customer.hangUp();
    await stage.log.until('CallEnded', { callId });
    await stage.log.until('RecorderStopped', { callId });
    const id = stage.log.of(callId)[0]?.sequence;
    const [call] = await stage.rows<Row>(
      'calls',
      (row) => row['id'] === id && row['completion_status'] !== null && row['recording_time'] !== 0,
    );
    const legs = await stage.rows<Row>(
      'legs',
      (row) => row['call_id'] === id && row['completion_status'] !== null,
      legsOfTheCall,
    );
    return {
      call: call ?? {},
      legs,
      talked: { from: connectedAt + 150, to: endedAt - 20 },
      whisperedAt: Date.parse(applied.occurredAt),
      customer: await hearingOf(customer, tones.agent),
      agent: await hearingOf(olivia, tones.customer),
    };
  };

  beforeAll(async () => {
    stage = await openStage();
    await stage.put('recording-policies', 'support', { setting: 'always' });
    [customer, olivia, benjamin] = await Promise.all([
      stage.customer(),
      stage.extension('1004', { answerAfterMs: 300 }),
      stage.extension('1001', { tone: tones.supervisor }),
    ]);
    control = await startControl(stage);
    undisturbed = await play(async () => {});
  }, 180_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  for (const name of serviceNames) {
    it(
      `goes on when ${name} is killed, the next key works, and the rows are the same as without the kill`,
      { timeout: 180_000 },
      async () => {
        const disturbed = await play(async () => {
          const service = stage.system.services[name satisfies ServiceName];
          await service.kill();
          await service.restart();
        });
        const { talked, whisperedAt, customer: ofCustomer, agent: ofAgent } = disturbed;
        expect(leaks(ofCustomer, talked)).toEqual([]);
        expect(leaks(ofAgent, { from: talked.from, to: talked.from + moments.whispers - 200 })).toEqual([]);
        const whispered = { from: whisperedAt + 150, to: talked.to };
        const windows = (whispered.to - whispered.from) / windowMs;
        expect(windows, 'he whispered before the call ended').toBeGreaterThan(10);
        expect(lost(ofAgent, tones.supervisor, whispered)).toBeLessThan(windows / 2);
        const ofCall = lost(ofCustomer, tones.agent, talked) + lost(ofAgent, tones.customer, talked);
        expectSoundOfControl(ofCall, await control.lost(talked));
        expectSameRow(undisturbed.call, disturbed.call);
        const byType = (rows: readonly Row[]) =>
          rows.toSorted(
            (a, b) =>
              String(a['type']).localeCompare(String(b['type'])) ||
              Number(a['agent_id']) - Number(b['agent_id']),
          );
        const [expected, found] = [byType(undisturbed.legs), byType(disturbed.legs)];
        expect(found.map((leg) => leg['type'])).toEqual(expected.map((leg) => leg['type']));
        for (const [place, leg] of expected.entries()) expectSameRow(leg, found[place] ?? {});
      },
    );
  }
});
