import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Compile } from 'typebox/compile';
import { Instant } from './envelope.ts';

const instant = Compile(Instant);

test.each([
  '2026-06-30T23:59:60.000Z',
  '2026-13-01T00:00:00.000Z',
  '2026-00-10T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '2026-02-29T00:00:00.000Z',
  '2026-04-31T10:00:00.000Z',
  '2026-01-32T00:00:00.000Z',
  '2026-01-01T24:00:00.000Z',
  '2026-01-01T00:60:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.000+00:00',
])('%s is no moment at which something happened', (text) => {
  expect(instant.Check(text)).toBe(false);
});

test.each(['2028-02-29T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '2199-12-31T23:59:59.999Z'])(
  '%s is a moment',
  (text) => {
    expect(instant.Check(text)).toBe(true);
  },
);

test('every moment from 1970 to 2199 is one', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
      (date) => {
        expect(instant.Check(date.toISOString())).toBe(true);
      },
    ),
  );
});
