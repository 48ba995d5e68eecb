import { isCallId, switchOf } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { callIdOfArrival } from './call-id-of-arrival.ts';

const bornAt = Date.UTC(2026, 10, 21);

test.each([0, 1, 2657, 4095])(
  'a call that arrives on switch %d says so in its id, and is the same each time it is seen',
  (number) => {
    const id = callIdOfArrival('1732.4', bornAt, number);
    expect(isCallId(id)).toBe(true);
    expect(switchOf(id)).toBe(number);
    expect(callIdOfArrival('1732.4', bornAt, number)).toBe(id);
    expect(callIdOfArrival('1732.5', bornAt, number)).not.toBe(id);
  },
);

test.each([-1, 4096, 1.5, Number.NaN])('%d is no number of a switch', (number) => {
  expect(() => callIdOfArrival('1732.4', bornAt, number)).toThrow(RangeError);
});
