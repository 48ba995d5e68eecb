import { expect, it } from 'vitest';
import found from './found-schedules.json' with { type: 'json' };
import { play, type Schedule } from './schedule.ts';

/** Schedules that the random suite once found and shrank, by what holds in them now. */
it.each(found.map(({ title, schedule }) => [title, schedule as unknown as Schedule] as const))(
  '%s',
  async (_, schedule) => {
    expect(await play(schedule)).toEqual([]);
  },
);
