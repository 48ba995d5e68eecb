import { expect, it } from 'vitest';
import found from './found-schedules.json' with { type: 'json' };
import { play, type Schedule } from './schedule.ts';

/** Schedules that the random suite once found and shrank, by what holds in them now. */
it.each(found as unknown as readonly { readonly title: string; readonly schedule: Schedule }[])(
  '$title',
  async ({ schedule }) => {
    expect(await play(schedule)).toEqual([]);
  },
);
