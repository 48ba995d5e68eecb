import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterWalk, readCursor, walkOf, writeCursor, type Cursor } from './cursor.ts';

const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const moment = fc.nat({ max: 8.64e15 });
const cursors: fc.Arbitrary<Cursor> = fc.record({
  place: fc.record({ updatedAt: moment, sequence: natural, id: natural }),
  walk: fc.option(fc.record({ end: fc.record({ updatedAt: moment, sequence: natural }), at: moment })),
});

it('a connector that hands back its place gets the very same place', () => {
  fc.assert(
    fc.property(cursors, (cursor) => {
      expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    }),
  );
});

it('a place that was never handed out is none', () => {
  for (const text of [
    '',
    'x',
    '1-2',
    '1-2-3-4',
    '1-2-3-4-5',
    '1-2-3-4-5-6-7',
    '1--2-3',
    'zzzzzzzzzzz-1-1',
    "1-2-3'--",
    '1-2-3-zzzzzzzzzzz-5-6',
  ]) {
    expect(readCursor(text)).toBeUndefined();
  }
});

const cursor: Cursor = {
  place: { updatedAt: 1, sequence: 1, id: 1 },
  walk: { end: { updatedAt: 1, sequence: 1 }, at: 1_000_000 },
};

it('a walk goes on however slow its reader is, up to two minutes for a page', () => {
  expect([0, 60_000, 119_999].map((ms) => walkOf(cursor, 1_000_000 + ms))).toEqual([
    cursor.walk,
    cursor.walk,
    cursor.walk,
  ]);
  expect(walkOf(cursor, 1_000_000 + 120_000)).toBeNull();
});

it('at the end of a walk a client that comes back at once sees the same place, a later one the place where the next walk begins', () => {
  expect(afterWalk(cursor, 1_009_999, 10_000)).toBe(cursor);
  expect(afterWalk(cursor, 1_010_000, 10_000)).toEqual({ place: cursor.place, walk: null });
});

it('a walk that a clock set back since makes come from the future is over, and keeps no reader at its end', () => {
  const [future, pauseMs] = [cursor, 10_000];
  expect(walkOf(future, 1_000_000 - 120_000)).toBeNull();
  expect(afterWalk(future, 1_000_000 - pauseMs, pauseMs)).toEqual({ place: cursor.place, walk: null });
});
