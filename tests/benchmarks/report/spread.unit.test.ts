import { expect, it } from 'vitest';
import { median, percentile, ratioOf, spreadOf } from './spread.ts';

it('of an even number of rounds the median lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});

it('the 99th percentile of a hundred key presses is the second slowest', () => {
  const presses = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(presses, 0.99)).toBe(99);
  expect(percentile(presses, 0.5)).toBe(50);
  expect(percentile([7], 0.99)).toBe(7);
});

it('a ratio is taken within a round, so that a slow round of the machine counts on both sides', () => {
  expect(ratioOf([10, 100], [20, 200])).toMatchObject({ median: 0.5, min: 0.5, max: 0.5 });
  expect(spreadOf([3, 1, 2])).toMatchObject({ median: 2, min: 1, max: 3 });
});
