import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asksTooSoon, readCursor, writeCursor, type Cursor } from './cursor.ts';

const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const cursors: fc.Arbitrary<Cursor> = fc.record({
  updatedAt: fc.nat({ max: 8.64e15 }), sequence: natural, id: natural, tailAt: fc.option(fc.nat({ max: 8.64e15 })),
});

it('a connector that hands back its place gets the very same place', () => {
  fc.assert(fc.property(cursors, (cursor) => { expect(readCursor(writeCursor(cursor))).toEqual(cursor); }));
});

it('a place that was never handed out is none', () => {
  for (const text of ['', 'x', '1-2', '1-2-3-4-5', '1--2-3', 'zzzzzzzzzzz-1-1', "1-2-3'--"]) expect(readCursor(text)).toBeUndefined();
});

it('only a client that comes right back after the last row is told to wait', () => {
  const tail: Cursor = { updatedAt: 1, sequence: 1, id: 1, tailAt: 10_000 };
  expect([10_000, 10_999, 11_000, 9_999].map((now) => asksTooSoon(tail, now, 1000))).toEqual([true, true, false, false]);
  expect(asksTooSoon({ ...tail, tailAt: null }, 10_000, 1000)).toBe(false);
});
