import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What we read of vitest's JSON report. */
export interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

/** The sum of two. */
export const addTally = (one: Tally, other: Tally): Tally => {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
};

/**
 * Counts a report. A file that failed without a failed test (it could not be loaded) counts as one failure, and so does
 * a runner that failed although every test passed (an error outside of any test), or that left no report.
 */
export const tallyOf = (report: Report | undefined, exitCode: number): Tally => {
  let tally = nothing;
  for (const { status, assertionResults } of report?.testResults ?? []) {
    const count = (wanted: (status: string) => boolean) =>
      assertionResults.filter((test) => wanted(test.status)).length;
    const failed = count((test) => test === 'failed');
    tally = addTally(tally, {
      passed: count((test) => test === 'passed'),
      failed: failed === 0 && status === 'failed' ? 1 : failed,
      skipped: count((test) => test !== 'passed' && test !== 'failed'),
    });
  }
  return tally.failed === 0 && exitCode !== 0 ? { ...tally, failed: 1 } : tally;
};

/** Says that no test lies under the paths that were asked for: a mistyped one must not pass for green. */
export const untested = ({ passed, failed, skipped }: Tally, paths: readonly string[]): string | undefined =>
  paths.length === 0 || passed + failed + skipped > 0
    ? undefined
    : `No test of these levels has ${paths.join(' or ')} in its path: nothing was tested. Look at the path, or leave it out.`;

/** How many telephony tests there are, without running them. */
export const countTests = async (
  run: (command: string, args: readonly string[]) => Promise<number>,
  vitest: string,
  paths: readonly string[],
  root: string,
): Promise<number> => {
  const file = join(root, '.cache', 'telephony-tests.json');
  rmSync(file, { force: true });
  try {
    await run(vitest, ['list', '--passWithNoTests', '--project', 'telephony', `--json=${file}`, ...paths]);
    return (JSON.parse(readFileSync(file, 'utf8')) as unknown[]).length;
  } catch {
    return 0;
  }
};
