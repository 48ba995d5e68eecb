import { describe, expect, it } from 'vitest';
import { nothing, tallyOf, untested } from './test-tally.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe('the closing line of a test run', () => {
  it('counts what passed, failed and was skipped', () => {
    const report = {
      testResults: [file('passed', 'passed', 'passed', 'pending'), file('failed', 'failed', 'passed')],
    };
    expect(tallyOf(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(tallyOf({ testResults: [file('failed')] }, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('is not green when the runner failed outside of any test, or left no report', () => {
    expect(tallyOf({ testResults: [file('passed', 'passed')] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
    expect(tallyOf(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

it('paths under which no test lies are a failure, and no paths are none', () => {
  expect(untested(nothing, ['services/no-such'])).toBe(
    'No test of these levels has services/no-such in its path: nothing was tested. Look at the path, or leave it out.',
  );
  expect(untested({ ...nothing, skipped: 1 }, ['services/no-such'])).toBeUndefined();
  expect(untested(nothing, [])).toBeUndefined();
});
