import { expect, test } from 'vitest';
import { createWrongTokens } from './wrong-tokens.ts';

const minute = 60_000;

test('the minute begins with the first wrong token and ends the hold', () => {
  const tokens = createWrongTokens({ perMinute: 2, addresses: 10 });
  expect(tokens.heldFor('192.0.2.1', 0)).toBe(0);
  tokens.count('192.0.2.1', 0);
  tokens.count('192.0.2.1', 50_000);
  expect(tokens.heldFor('192.0.2.1', 50_000)).toBe(10);
  expect(tokens.heldFor('192.0.2.1', minute - 1)).toBe(1);
  expect(tokens.heldFor('192.0.2.1', minute)).toBe(0);
  tokens.count('192.0.2.1', minute);
  expect(tokens.heldFor('192.0.2.1', minute)).toBe(0);
});

test('it remembers no more addresses than it was told, the oldest goes first', () => {
  const tokens = createWrongTokens({ perMinute: 1, addresses: 3 });
  for (let n = 0; n < 100_000; n += 1) tokens.count(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, n / 1000);
  expect(tokens.remembered()).toBe(3);
  expect(tokens.heldFor('10.1.134.159', 100)).toBeGreaterThan(0);
  expect(tokens.heldFor('10.0.0.0', 100)).toBe(0);
});

test('an IPv4 address is the same in both writings, and one without an address is one', () => {
  const tokens = createWrongTokens({ perMinute: 1, addresses: 10 });
  tokens.count('::ffff:192.0.2.1', 0);
  expect(tokens.heldFor('192.0.2.1', 0)).toBeGreaterThan(0);
  tokens.count(undefined, 0);
  expect(tokens.heldFor(undefined, 0)).toBeGreaterThan(0);
});
