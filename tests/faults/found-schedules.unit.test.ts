import { expect, it } from 'vitest';
import { play, type Schedule } from './schedule.ts';

/** Schedules that the random suite once found and shrank, by what holds in them now. */
const found: readonly (readonly [title: string, schedule: Schedule])[] = [
  ['two mode keys that are let go in the same millisecond both count, and the last one holds', {
    line: 0, chance: 0, acts: [[{ act: 'supervisor-presses', who: 0, key: '2' }, 0], [{ act: 'supervisor-presses', who: 0, key: '1' }, 0]],
  }],
  ['a leg that the log calls ended and that is still on the switch is hung up when both are compared', {
    line: 2, chance: 0, acts: [[{ act: 'calls', caller: 2, line: 1 }, 0], [{ act: 'operation-fails', how: 'refused', ms: 100, op: 'hang-up' }, 0]],
  }],
  ['agents are rung once for a call whose offer met a conflict in the log', { line: 2, chance: 1_094_641_981, acts: [] }],
];

it.each(found)('%s', async (_, schedule) => {
  expect(await play(schedule)).toEqual([]);
});
