import { serviceNames } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { createLastUses } from './token-uses.ts';

test('those who ask side by side share one question to the store, and a later one asks anew', async () => {
  let [questions, now] = [0, 0];
  const load = async (service: string) => {
    questions += 1;
    return service === 'signaling' ? '2026-11-30T09:00:00.000Z' : undefined;
  };
  const lastUseOf = createLastUses({ load }, () => now);
  const answers = await Promise.all(Array.from({ length: 50 }, () => lastUseOf('one')));
  expect(new Set(answers)).toEqual(new Set(['2026-11-30T09:00:00.000Z']));
  expect(questions).toBe(serviceNames.length);
  now = 2_001;
  await lastUseOf('one');
  expect(questions).toBe(2 * serviceNames.length);
});

test('an answer that failed is not kept', async () => {
  let isAway = true;
  const load = async () => {
    if (isAway) throw new Error('NATS is away');
    return undefined;
  };
  const lastUseOf = createLastUses({ load }, () => 0);
  await expect(lastUseOf('one')).rejects.toThrow('NATS is away');
  isAway = false;
  expect(await lastUseOf('one')).toBeNull();
});
