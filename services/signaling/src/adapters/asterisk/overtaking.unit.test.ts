import { expect, test } from 'vitest';
import { createOvertaking, oppositeOf } from './overtaking.ts';

test('what was taken away is remembered by what it is about, and what adds counts for nothing', () => {
  const overtaking = createOvertaking();
  const place = { op: 'place', participant: '1700000000.7', bridge: 'main', keys: 'absorbed' } as const;
  const out = oppositeOf(place);
  expect(out).toEqual({ op: 'take-out', participant: '1700000000.7', bridge: 'main' });
  if (!out) return;
  overtaking.note(place);
  overtaking.note({ op: 'take-out', participant: '1700000000.7', bridge: 'elsewhere' });
  expect(overtaking.count(out)).toBe(0);
  overtaking.note({ bridge: 'main', participant: '1700000000.7', op: 'take-out' });
  expect(overtaking.count(out)).toBe(1);
});
