import { expect, test } from 'vitest';
import { createOutsideCallers, type OutsideLimits } from './outside-callers.ts';

const limits: OutsideLimits = { callsPerCaller: 2, calls: 50, arrivalsPerSecond: 3 };

/** Callers who come one after the other at these moments, each with a number of its own unless told. */
const arriving = (given: Partial<OutsideLimits> = {}) => {
  const callers = createOutsideCallers({ ...limits, ...given });
  let numbers = 0;
  const comes = (nowMs: number, caller = `number ${(numbers += 1)}`) => {
    const answer = callers.mayCome(caller, nowMs);
    if (answer === true) callers.add(caller);
    return answer;
  };
  return { callers, comes };
};

test('a flood with a number of its own for each call is let in at the rate that is allowed, after a first burst', () => {
  const { comes } = arriving({ calls: 10_000 });
  const answers = Array.from({ length: 60_000 }, (_, ms) => comes(ms));
  expect(answers.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => true));
  expect(answers.filter((answer) => answer === true)).toHaveLength(30 + 60 * 3 - 1);
  expect(new Set(answers)).toEqual(new Set([true, 'arrivalsPerSecond']));
});

test('when as many are there as may be, the next comes as soon as one has left', () => {
  const { callers, comes } = arriving({ calls: 20 });
  for (let n = 1; n <= 20; n += 1) expect(comes(0, `caller ${n}`)).toBe(true);
  expect(comes(1)).toBe('calls');
  callers.leave('caller 7');
  expect([comes(2), comes(3)]).toEqual([true, 'calls']);
});

test('a caller has as many calls as one may have, and another at another address under the same number is not concerned', () => {
  const { callers, comes } = arriving();
  const [thief, owner] = ['+41795551001 at 192.0.2.66', '+41795551001 at 198.51.100.1'];
  expect([comes(0, thief), comes(0, thief), comes(0, thief)]).toEqual([true, true, 'callsPerCaller']);
  expect(comes(0, owner)).toBe(true);
  callers.leave(thief);
  expect(comes(0, thief)).toBe(true);
});

test('who is turned away takes nothing from those who come after', () => {
  const { comes } = arriving({ callsPerCaller: 1, arrivalsPerSecond: 1 });
  expect(comes(0, 'one')).toBe(true);
  for (let n = 0; n < 100; n += 1) expect(comes(0, 'one')).toBe('callsPerCaller');
  expect(Array.from({ length: 9 }, () => comes(0))).toEqual(Array.from({ length: 9 }, () => true));
});

test('those who are there when we come count, though nobody let them in', () => {
  const { callers, comes } = arriving({ calls: 3 });
  for (let n = 0; n < 5; n += 1) callers.add(`there before ${n}`);
  expect(comes(0)).toBe('calls');
});
