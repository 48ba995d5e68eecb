import type { SupervisionMode } from '@earshot/contracts';
import fc from 'fast-check';

/** One change of mode by a key. */
export interface Change {
  readonly key: string;
  readonly mode: SupervisionMode;
  /** How long the mode is listened to once it holds, in ms; null: the next key follows as soon as this one is let go. */
  readonly listenMs: number | null;
}

const modes: readonly SupervisionMode[] = ['spy', 'whisper', 'barge'];

const given = process.env['MODES_SEED'];
/** One seed that never changes, and a new one each time; MODES_SEED repeats one. */
export const seeds: readonly number[] =
  given === undefined ? [20_260_105, Math.trunc(Math.random() * 2 ** 31)] : [Number(given)];

const step = fc.record({
  /** 1 goes round one way, 2 the other: 1 after 2 is straight back. */
  by: fc.constantFrom(1, 2),
  listenMs: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 250, max: 700 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});

/** So many changes of mode in random order, each to another mode than the one before, from spy on; the last is listened to. */
export const randomChanges = (seed: number, count: number): readonly Change[] => {
  const [steps = []] = fc.sample(fc.array(step, { minLength: count, maxLength: count }), {
    seed,
    numRuns: 1,
  });
  let at = 0;
  return steps.map(({ by, listenMs }, place) => {
    at = (at + by) % modes.length;
    return {
      key: String(at),
      mode: modes[at] ?? 'spy',
      listenMs: place === count - 1 ? (listenMs ?? 400) : listenMs,
    };
  });
};
