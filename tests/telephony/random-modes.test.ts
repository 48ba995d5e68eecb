import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaks, lost } from './hearing.ts';
import { expectSoundOfControl, startControl, type Control } from './control-call.ts';
import { onTheWayMs } from './mode-history.ts';
import { randomChanges, seeds, type Change } from './random-changes.ts';
import { expectHeardThroughout, recordingFile } from './recordings.ts';
import { openRelief, type Relief } from './relief.ts';
import { openStage, talk, tones, type Stage } from './stage.ts';
import { playSupervised, untilLeft, type Cast, type Played } from './supervised-call.ts';
import { withCourse } from './told-course.ts';

const changesInPeace = 40;
const changesInTrouble = 12;
/** A key is reported when it is let go, in ms after it went down. */
const keyMs = 200;

let stage: Stage;
let cast: Cast;
let control: Control;
let relief: Relief;

beforeAll(async () => {
  stage = await openStage();
  await stage.put('recording-policies', 'support', { setting: 'always' });
  const [customer, agent, supervisor] = await Promise.all([
    stage.customer(),
    stage.extension('1004', { answerAfterMs: 300 }),
    stage.extension('1001', { tone: tones.supervisor }),
  ]);
  cast = { customer, agent, supervisor };
  control = await startControl(stage);
  relief = await openRelief(stage);
}, 180_000);
afterAll(async () => {
  await relief?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const expectNoLeak = (played: Played): void => {
  const { heard, talked, barged, history } = played;
  const leaked = leaks(heard.customer, talked, barged).map(({ at }) => Math.round(at - talked.from));
  expect(leaked, 'ms of the talk in which the customer hears the supervisor').toEqual([]);
  // The supervisor was there to be heard: a barge that lasted was heard. A pressed key takes the place of the voice meanwhile.
  for (const [place, { mode, appliedAt }] of history.entries()) {
    const next = Math.min(history[place + 1]?.decidedAt ?? talked.to, talked.to) - keyMs;
    if (mode !== 'barge' || next - appliedAt - onTheWayMs < 100) continue;
    expect(
      heard.customer.report.windowsHearing(tones.supervisor, appliedAt + onTheWayMs, next).length,
    ).toBeGreaterThan(2);
  }
};

const expectNobodyThrownOut = ({ callId, agentLegId, events }: Played): void => {
  const ends = events.flatMap((event) => (event.type === 'SupervisionEnded' ? [event.data.reason] : []));
  expect(ends).toHaveLength(1);
  expect(['call_ended', 'agent_left', 'supervisor_left']).toContain(ends[0]);
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type === 'SupervisionStarted')).toHaveLength(1);
  const supervision = events.find(({ type }) => type === 'SupervisionStarted');
  const talking = [
    `${callId}-l1`,
    agentLegId,
    supervision?.type === 'SupervisionStarted' ? supervision.data.legId : '',
  ];
  const left = events.flatMap((event) =>
    event.type === 'LegEnded' && talking.includes(event.data.legId) ? [event.data.legId] : [],
  );
  expect(left[0], 'who left first').toBe(talking[0]);
  expect(left).toHaveLength(3);
  expect(
    events.filter((event) => event.type === 'TopologyApplied' && event.data.outcome === 'refused'),
  ).toEqual([]);
};

/** Customer and agent lost no more of each other than two phones that nothing was done to. */
const expectSound = async ({ heard, talked }: Played): Promise<void> => {
  const ofCall = lost(heard.customer, tones.agent, talked) + lost(heard.agent, tones.customer, talked);
  const ofControl = await control.lost(talked);
  console.info(`windows lost: ${ofCall} in the call, ${ofControl} in the control`);
  expectSoundOfControl(ofCall, ofControl);
};

const modesOf = (changes: readonly Change[]): readonly string[] => [
  'spy',
  ...changes.map(({ mode }) => mode),
];

const expectKept = async (played: Played, changes: readonly Change[]): Promise<void> => {
  expectNoLeak(played);
  expectNobodyThrownOut(played);
  expect(played.history.map(({ mode }) => mode)).toEqual(modesOf(changes));
  await expectSound(played);
};

describe.each(seeds)('modes in random order (MODES_SEED=%i)', (seed) => {
  it(
    `hold through ${changesInPeace} changes, and nobody hears what is not for them`,
    { timeout: 240_000 },
    async () => {
      const changes = randomChanges(seed, changesInPeace);
      const played = await playSupervised(stage, cast, changes);
      await withCourse(played, () => expectKept(played, changes));
    },
  );
});

describe('modes in random order while everything is relieved or cut', () => {
  const seed = seeds.at(-1) ?? 0;

  it(
    `hold through ${changesInTrouble} changes, the call goes on and ends (MODES_SEED=${seed})`,
    { timeout: 300_000 },
    async () => {
      const changes = randomChanges(seed, changesInTrouble);
      const played = await playSupervised(stage, cast, changes, relief.disturbances);
      await withCourse(played, async () => {
        await expectKept(played, changes);
        await expectWholeRecording(played);
      });
      await expectNextCallReachesAgent();
    },
  );
});

const expectWholeRecording = async ({ callId, events, talked }: Played): Promise<void> => {
  const collected = await stage.log.until('RecordingCollected', { callId });
  expect(events.filter(({ type }) => type === 'RecorderStarted')).toHaveLength(1);
  const started = events.find(({ type }) => type === 'RecorderStarted');
  const file = await recordingFile(stage.system.data.recordings, `${callId}-r1`);
  if (!file) throw new Error('There is no recording.');
  const startedAt = Date.parse(started?.occurredAt ?? '');
  const wholeMs = talked.to - startedAt;
  console.info(`recording ${collected.data.durationMs} ms of ${wholeMs} ms, ${collected.data.cutMs} ms cut`);
  expect(collected.data.durationMs).toBeGreaterThan(wholeMs - 500);
  await expectHeardThroughout(file, startedAt, [cast.customer, cast.agent]);
};

/** The agent is free again, and everything works for the next caller. */
const expectNextCallReachesAgent = async (): Promise<void> => {
  const { callId } = await talk(stage, cast.customer);
  await cast.customer.hangUp();
  await untilLeft(stage, callId);
};
