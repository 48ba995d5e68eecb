import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, scheduleArbitrary } from './schedule.ts';

/** How many random schedules are tried from each seed, for a long night; else 5,000 in all. */
const asked = process.env['PROPERTY_RUNS'];
const given = process.env['PROPERTY_SEED'];
const path = process.env['PROPERTY_PATH'];
/** One seed that never changes, and a new one each time. */
const seeds: readonly (readonly [seed: number, runs: number])[] =
  given === undefined
    ? [
        [20_260_105, 4_900],
        [Math.trunc(Math.random() * 2 ** 31), 100],
      ]
    : [[Number(given), 2_500]];

describe('whatever goes wrong', () => {
  it.each(seeds)('every promise is kept (PROPERTY_SEED=%i)', { timeout: 6_000_000 }, async (seed, usual) => {
    const runs = path === undefined ? Number(asked ?? usual) : 1;
    let supervised = 0;
    let recorded = 0;
    await fc.assert(
      fc.asyncProperty(scheduleArbitrary, async (schedule) => {
        const broken = await play(schedule, ({ theSwitch }) => {
          if (theSwitch.pairsHeard().length > 2) supervised += 1;
          if (theSwitch.recordings().length > 0) recorded += 1;
        });
        expect(broken).toEqual([]);
      }),
      {
        numRuns: runs,
        seed,
        ...(path === undefined ? {} : { path }),
        endOnFailure: process.env['PROPERTY_SHRINK'] === undefined,
      },
    );
    if (path !== undefined) return;
    // The schedules must have reached what they are about, or they prove nothing.
    expect(supervised).toBeGreaterThan(runs);
    expect(recorded).toBeGreaterThan(runs);
  });
});
