import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPressed, keyService, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import {
  openMemoryStore,
  runDecisions,
  type AppendFate,
  type OpenMemoryStore,
  type Timing,
} from '../index.ts';

/** How one life of the service goes: what becomes of its appends, how often messages come, and when it is killed. */
interface Life {
  readonly fates: readonly AppendFate[];
  readonly deliveries: readonly number[];
  readonly killedAtStep: number;
  readonly saveEverySteps: number;
}

const life: fc.Arbitrary<Life> = fc.record({
  fates: fc.array(
    fc.constantFrom<AppendFate>('stored', 'stored', 'conflict', 'unavailable', 'stored_unanswered'),
    { maxLength: 30 },
  ),
  deliveries: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 }),
  killedAtStep: fc.integer({ min: 1, max: 120 }),
  saveEverySteps: fc.integer({ min: 1, max: 20 }),
});

const keys = fc.array(
  fc.record({
    call: fc.integer({ min: 0, max: 3 }),
    pressed: fc.array(fc.constantFrom('1', '2', null), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Lives until it is killed or has handled everything; the order of all its steps is the scheduler's. */
const live = async (
  memory: OpenMemoryStore,
  { fates, deliveries, killedAtStep, saveEverySteps }: Life,
  scheduler: fc.Scheduler,
) => {
  let steps = 0;
  let appends = 0;
  let save = (): void => {};
  const timing: Timing = {
    pause: () => scheduler.schedule(Promise.resolve(), 'pause'),
    every: (_, task) => {
      save = task;
      return () => {};
    },
  };
  let die = (): void => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const process = memory.connect({
    step: (what) => {
      steps += 1;
      if (steps === killedAtStep) {
        process.kill();
        die();
      }
      if (what !== 'checkpoint' && steps % saveEverySteps === 0) save();
      return scheduler.schedule(Promise.resolve(), what);
    },
    fateOf: () => fates[appends++] ?? 'stored',
    deliveries: (sequence) => deliveries[sequence] ?? 1,
  });
  const running = runDecisions({
    service: keyService,
    log: process.log,
    coordination: process.coordination,
    owner: 'one',
    timing,
    alarm: () => {},
  });
  await scheduler.waitFor(Promise.race([running, died]));
  const states = killedAtStep === Infinity ? (await running).liveCalls() : [];
  process.kill();
  return states;
};

const forEver: Life = {
  fates: [],
  deliveries: [1, 2, 3, 2, 1, 3, 2],
  killedAtStep: Infinity,
  saveEverySteps: 3,
};

test('whatever is delivered twice, refused, lost or killed in whatever order: every key is answered once, in order, and counted once', async () => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.array(life, { maxLength: 4 }),
      fc.scheduler(),
      async (pressed, lives, scheduler) => {
        const memory = openMemoryStore();
        const { log } = memory.connect();
        const say = signalingOn(log);
        const half = Math.ceil(pressed.length / 2);
        const press = async (some: typeof pressed) => {
          for (const { call, pressed: which } of some)
            await say(numberedCall(call), ...which.map((key) => keyPressed(numberedCall(call), key)));
        };
        await press(pressed.slice(0, half));
        for (const one of lives) await live(memory, one, scheduler);
        await press(pressed.slice(half));
        const states = await live(memory, forEver, scheduler);

        for (const call of [0, 1, 2, 3].map(numberedCall)) {
          const asked = (await log.load(call, ['signaling'])).flatMap(({ events }) =>
            events.filter((event) => event.type === 'KeyPressed' && event.data.key !== null),
          );
          const answered = (await log.load(call, ['recording-consent'])).flatMap(({ events }) => events);
          expect(answered.map(({ causation }) => causation.id)).toEqual(asked.map(({ id }) => id));
        }
        for (const { callId, state } of states) {
          const commits = await log.load(callId);
          const count = (type: string) =>
            commits.flatMap(({ events }) => events).filter((event) => event.type === type).length;
          expect(state).toEqual({
            keysSeen: count('KeyPressed'),
            choices: count('ConsentChosen'),
            notes: 0,
            over: false,
          });
        }
        expect(memory.store.deadLetters).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
