import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptPart, type RecorderTimes } from './kept-part.ts';

const origin = Date.UTC(2026, 0, 5, 9);
const time = (ms: number): string => new Date(origin + ms).toISOString();
const inTwoHours = fc.integer({ min: 0, max: 7_200_000 });
/** How wrong a time is: late, or from a clock that was set. */
const error = fc.integer({ min: -10_000_000, max: 10_000_000 });

const undisturbed: RecorderTimes = {
  allowedAt: time(1_000),
  allowedUntil: time(61_000),
  startedAt: time(1_200),
  stoppedAt: time(61_200),
  durationMs: 60_000,
};

describe('the part of a recording that may be kept', () => {
  it('is the whole when the recorder ran within the decision', () => {
    expect(keptPart({ ...undisturbed, allowedUntil: time(61_200) })).toEqual({ fromMs: 0, toMs: 60_000 });
  });

  it('ends when the decision did, however long the recorder went on', () => {
    expect(keptPart(undisturbed)).toEqual({ fromMs: 0, toMs: 59_800 });
    expect(keptPart({ ...undisturbed, allowedUntil: time(11_200) })).toEqual({ fromMs: 0, toMs: 10_000 });
  });

  it('begins when the decision did, however early the recorder began', () => {
    expect(keptPart({ ...undisturbed, allowedAt: time(3_200), allowedUntil: time(61_200) })).toEqual({
      fromMs: 2_000,
      toMs: 60_000,
    });
  });

  it('is nothing when the recorder ran only after the decision', () => {
    expect(keptPart({ ...undisturbed, allowedUntil: time(1_100) })).toEqual({ fromMs: 0, toMs: 0 });
  });

  it('is nothing where start, end or the end of the decision is not known', () => {
    for (const unknown of ['startedAt', 'stoppedAt', 'allowedUntil'] as const) {
      expect(keptPart({ ...undisturbed, [unknown]: null })).toEqual({ fromMs: 0, toMs: 0 });
    }
  });

  it('lies in the audio, whatever the times', () => {
    fc.assert(
      fc.property(error, error, error, error, inTwoHours, (allowed, until, started, stopped, durationMs) => {
        const { fromMs, toMs } = keptPart({
          allowedAt: time(allowed),
          allowedUntil: time(until),
          startedAt: time(started),
          stoppedAt: time(stopped),
          durationMs,
        });
        expect(fromMs).toBeGreaterThanOrEqual(0);
        expect(toMs).toBeGreaterThanOrEqual(fromMs);
        expect(toMs).toBeLessThanOrEqual(durationMs);
      }),
    );
  });

  it('lies within the standing decision when the start or the end was told rightly, however wrong the other is', () => {
    const which = fc.constantFrom('start', 'end');
    fc.assert(
      fc.property(
        inTwoHours,
        inTwoHours,
        inTwoHours,
        inTwoHours,
        error,
        which,
        (allowed, until, begins, durationMs, wrong, wrongOne) => {
          const { fromMs, toMs } = keptPart({
            allowedAt: time(allowed),
            allowedUntil: time(until),
            durationMs,
            startedAt: time(begins + (wrongOne === 'start' ? wrong : 0)),
            stoppedAt: time(begins + durationMs + (wrongOne === 'end' ? wrong : 0)),
          });
          if (toMs === fromMs) return;
          expect(begins + fromMs).toBeGreaterThanOrEqual(allowed);
          expect(begins + toMs).toBeLessThanOrEqual(until);
        },
      ),
    );
  });

  it('is all of the audio within the decision when both times are right', () => {
    fc.assert(
      fc.property(inTwoHours, inTwoHours, inTwoHours, inTwoHours, (allowed, until, begins, durationMs) => {
        const { fromMs, toMs } = keptPart({
          allowedAt: time(allowed),
          allowedUntil: time(until),
          startedAt: time(begins),
          stoppedAt: time(begins + durationMs),
          durationMs,
        });
        expect(toMs - fromMs).toBe(
          Math.max(0, Math.min(begins + durationMs, until) - Math.max(begins, allowed)),
        );
      }),
    );
  });
});
