import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import { createWatch } from './watch.ts';

const at = (minute: number): string => `2026-01-05T09:${String(minute).padStart(2, '0')}:00.000Z`;

/** A watch of a switch whose clock shows what it is told to, and what is written down of it. */
const watching = () => {
  const written: string[] = [];
  let heardAt = at(10);
  const watch = createWatch({
    switch: { isConnected: () => true, heardAt: () => heardAt },
    mastership: { holds: () => true },
    marks: { load: async () => undefined, save: async (_, __, moment) => void written.push(moment) },
    name: 'switch-0',
    logger: createLogger({ service: 'signaling', instance: 'test', level: 'error' }),
  });
  const look = async (moment: string): Promise<void> => {
    heardAt = moment;
    watch.look();
    await new Promise(setImmediate);
  };
  return { written, look };
};

it('a clock of the switch that is set back is written down at once: a later moment would let too much be kept', async () => {
  const { written, look } = watching();
  await look(at(10));
  await look(at(5));
  expect(written).toEqual([at(10), at(5)]);
});
