import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Watermark } from './watermark.ts';

test('the checkpoint never passes a message that is still under way, and reaches the last one when all are done', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      fc.infiniteStream(fc.nat()),
      (start, steps, picks) => {
        const watermark = new Watermark(start);
        const open: number[] = [];
        let last = start;
        const finishOne = () => {
          const [sequence] = open.splice((picks.next().value ?? 0) % open.length, 1);
          if (sequence !== undefined) watermark.finish(sequence);
        };
        for (const step of steps) {
          last += step;
          watermark.begin(last);
          open.push(last);
          if ((picks.next().value ?? 0) % 2) finishOne();
          expect(watermark.done).toBe(open.length > 0 ? Math.min(...open) - 1 : last);
        }
        while (open.length > 0) finishOne();
        expect(watermark.done).toBe(last);
      },
    ),
  );
});

test('a quiet partition moves on with the ones that are read with it, but not past its own open messages', () => {
  const watermark = new Watermark(10);
  watermark.nothingUntil(500);
  expect(watermark.done).toBe(500);
  watermark.begin(501);
  watermark.nothingUntil(900);
  expect(watermark.done).toBe(500);
});
