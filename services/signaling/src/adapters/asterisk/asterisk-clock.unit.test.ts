import { expect, it } from 'vitest';
import { createAsteriskClock } from './asterisk-clock.ts';

const minutes = 60_000;

/** A clock of a switch that is so many ms before ours. */
const switchBefore = (ms: number) => {
  const begun = Date.now() + ms;
  let uptime = 0;
  const clock = createAsteriskClock(() => uptime);
  return {
    clock,
    pass: (passed: number) => void (uptime += passed),
    /** What it tells `late` ms later. */
    event: (late = 0) => clock.told(new Date(begun + uptime - late).toISOString()),
    answer: () => clock.toldRoughly(new Date(begun + uptime).toUTCString()),
    /** Ms by which the reckoned time is later than the switch's. */
    error: () => Date.parse(clock.now()) - (begun + uptime),
  };
};

it.each([0, 5 * minutes, -5 * minutes])(
  'the time at a switch whose clock is %d ms before ours is known from its events, and goes on without them',
  (ms) => {
    const { event, pass, error } = switchBefore(ms);
    event();
    pass(30_000);
    expect(error()).toBe(0);
  },
);

it.each([5 * minutes, -5 * minutes])(
  'before the first event it is known from its answers, never later than it is: %d ms',
  (ms) => {
    const { answer, pass, error } = switchBefore(ms);
    for (const passed of [0, 730, 401, 10_111]) {
      pass(passed);
      answer();
      expect(error()).toBeLessThanOrEqual(0);
      expect(error()).toBeGreaterThan(-1_000);
    }
  },
);

it('an event that came late makes it early, and the next one puts it right; an answer changes nothing by then', () => {
  const { event, answer, pass, error } = switchBefore(5 * minutes);
  event(700);
  answer();
  expect(error()).toBe(-700);
  event();
  pass(999);
  answer();
  expect(error()).toBe(0);
});

it('a clock that was set while there was no connection is known from the first answer after it', () => {
  const { event, clock, error } = switchBefore(0);
  event();
  const setBack = new Date(Date.now() - 5 * minutes);
  clock.connects();
  clock.toldRoughly(setBack.toUTCString());
  expect(error()).toBeLessThanOrEqual(-5 * minutes);
});

it('what is no time is passed over', () => {
  const { event, clock, error } = switchBefore(0);
  event();
  clock.told('soon');
  expect(error()).toBe(0);
});
