import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import type { CallInput } from '../domain/call-input.ts';
import type { Outcome, Switch, SwitchOperation } from '../domain/switch.ts';
import { mayComeLateMs } from './stray-orders.ts';
import { createRecordersOnSwitch } from './recorders-on-switch.ts';
import { laneOfCall } from './testing/lane-of-call.ts';

const done: Outcome = { outcome: 'done' };
const unknown: Outcome = { outcome: 'unknown', reason: 'no answer' };
const refused: Outcome = { outcome: 'refused', reason: 'there is none' };
const at = '2026-11-21T09:01:00.000Z';

/** A call that may be recorded, on a switch that answers to an order when the test says what. */
const allowed = () => {
  const under = laneOfCall();
  const { callId } = under.script();
  const recordingId = `${callId}-r1`;
  under.tells('recording-consent', {
    type: 'RecordingAllowed',
    data: { recordingId, ground: 'line_always', windowId: null },
  });
  const asked: { readonly op: SwitchOperation['op']; readonly answer: (outcome: Outcome) => void }[] = [];
  const told: CallInput['type'][] = [];
  let uptime = 0;
  let isThere = false;
  const theSwitch = {
    perform: ({ op }: SwitchOperation) => new Promise<Outcome>((answer) => void asked.push({ op, answer })),
    snapshot: async () => ({ recorders: isThere ? [{ recordingId }] : [] }),
    recordingLength: async () => 0,
  } as unknown as Switch;
  const recorders = createRecordersOnSwitch({
    switch: theSwitch,
    logger: createLogger({ service: 'signaling', instance: 'test', level: 'silent' }),
    timing: { pause: async () => {}, every: () => () => {} },
    uptimeMs: () => uptime,
    now: () => at,
    closing: new AbortController().signal,
    tell: (_, __, input) => void told.push(input.type),
    aside: () => {},
  });
  const ops = (): readonly string[] => asked.map(({ op }) => op);
  return {
    ...under,
    told,
    ops,
    recorders,
    start: () => recorders.start(callId, under.lane, recordingId, 'bridge'),
    stop: () => recorders.stop(callId, under.lane, recordingId),
    legLeft: (who: string) => {
      const legId = under.script().legOf(who);
      const leg = under.lane.state.legs.find((one) => one.legId === legId);
      return recorders.legLeft(callId, under.lane, leg?.handle ?? '');
    },
    runs: () => recorders.runs(callId, under.lane, recordingId),
    withdraw: () =>
      under.tells('recording-consent', {
        type: 'RecordingWithdrawn',
        data: { recordingId, reason: 'parties_parted' },
      }),
    pass: (ms: number) => void (uptime += ms),
    isRunning: (is: boolean) => void (isThere = is),
    /** Waits for this order, and answers to it. */
    answer: async (nth: number, outcome: Outcome) => {
      await expect.poll(() => asked[nth - 1] !== undefined).toBe(true);
      asked[nth - 1]?.answer(outcome);
      await new Promise(setImmediate);
    },
  };
};

it('a recorder is started that is allowed', async () => {
  const { start, answer, ops } = allowed();
  const started = start();
  await answer(1, done);
  expect([await started, ops()]).toEqual([done, ['start-recorder']]);
});

it('a recorder is not started when its decision was withdrawn while its turn came', async () => {
  const { start, withdraw, ops } = allowed();
  withdraw();
  expect([await start(), ops()]).toEqual([undefined, []]);
});

it('a recorder is not started when a party has left, though the log does not have it yet', async () => {
  const { start, legLeft, ops } = allowed();
  legLeft('1004');
  expect([await start(), ops()]).toEqual([undefined, []]);
});

it.each([
  ['its decision was withdrawn', (under: ReturnType<typeof allowed>) => under.withdraw()],
  ['a party left', (under: ReturnType<typeof allowed>) => void under.legLeft('1004')],
])('a recorder that started after all is stopped at once when %s meanwhile', async (_, happens) => {
  const under = allowed();
  const started = under.start();
  await expect.poll(under.ops).toHaveLength(1);
  happens(under);
  await under.answer(1, done);
  await started;
  await expect.poll(under.ops).toEqual(['start-recorder', 'stop-recorder']);
});

it('a recorder of which no answer came is told of, and stopped until it can no longer start', async () => {
  const { start, answer, ops, told, pass } = allowed();
  const started = start();
  await answer(1, unknown);
  expect(await started).toEqual(unknown);
  await answer(2, refused);
  pass(mayComeLateMs);
  await answer(3, refused);
  await new Promise(setImmediate);
  expect(ops()).toEqual(['start-recorder', 'stop-recorder', 'stop-recorder']);
  expect(told).toEqual(['recorder-unknown', 'recorder-stopped', 'recorder-stopped']);
});

it('a recorder that was refused is told of, and not stopped', async () => {
  const { start, answer, ops, told } = allowed();
  const started = start();
  await answer(1, refused);
  await started;
  expect([ops(), told]).toEqual([['start-recorder'], ['recorder-refused']]);
});

it('a stop that the start may have overtaken is repeated when the start was answered', async () => {
  const { start, stop, answer, ops } = allowed();
  void start();
  await expect.poll(ops).toHaveLength(1);
  void stop();
  await answer(2, done);
  expect(ops()).toEqual(['start-recorder', 'stop-recorder']);
  await answer(1, done);
  expect(ops()).toEqual(['start-recorder', 'stop-recorder', 'stop-recorder']);
});

it('a stop that was refused while the recorder is seen to run is repeated', async () => {
  const { stop, answer, ops, isRunning } = allowed();
  isRunning(true);
  void stop();
  await answer(1, refused);
  isRunning(false);
  await answer(2, refused);
  await new Promise(setImmediate);
  expect(ops()).toEqual(['stop-recorder', 'stop-recorder']);
});

it('a recorder that may not run is stopped at once when the switch tells that it does', async () => {
  const { withdraw, runs, ops } = allowed();
  withdraw();
  runs();
  await expect.poll(ops).toEqual(['stop-recorder']);
});
