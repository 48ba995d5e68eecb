import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canRunAsterisk, ensureRootFileSystem } from '@earshot/asterisk';
import { findOwnNats } from '@earshot/nats';
import { dieWithParent } from '@earshot/processes';
import { readOptions } from './read-options.ts';
import { addTally, countTests, nothing, tallyOf, untested } from './test-tally.ts';
import type { Report, Tally } from './test-tally.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const levels = ['unit', 'contract', 'int', 'acceptance', 'telephony'] as const;

const help = `npm test -- [--level ${levels.join('|')}] [paths]
npm run check -- [paths]   the same with the unit tests only
Type check, lint and format first, then the tests whose path holds one of the words.`;

const asked = () => {
  const options = {
    level: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return readOptions({ allowPositionals: true, options }, help);
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
};
const { values, positionals } = asked();
const wanted: readonly string[] = values.level ?? levels;

if (values.help) {
  console.log(help);
  process.exit(0);
}
const unknown = wanted.find((name) => !levels.some((level) => level === name));
if (unknown !== undefined) {
  console.error(`There is no level "${unknown}": use ${levels.join(', ')}.`);
  process.exit(1);
}

let running: ReturnType<typeof spawn> | undefined;
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.once(event, () => {
    // The group holds the workers of the test runner, too; the servers that they started die with them.
    if (running?.pid !== undefined) process.kill(-running.pid, 'SIGKILL');
    console.error('\nInterrupted: the tests were ended.');
    process.exit(130);
  });
}

const runEverything = async (): Promise<Tally> => {
  let sum = nothing;
  for (const [what, command, args] of [
    ['Type check', 'tsc', ['-p', '.']],
    ['Lint', 'oxlint', ['--deny-warnings']],
    ['Format', 'oxfmt', ['--check']],
  ] as const) {
    const started = performance.now();
    const ok = (await run(bin(command), args)) === 0;
    console.log(`${ok ? '✔' : '✖'} ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    if (!ok) sum = addTally(sum, { passed: 0, failed: 1, skipped: 0 });
  }
  const asterisk = wanted.includes('telephony') ? await prepareAsterisk() : undefined;
  const without = asterisk !== undefined;
  if (wanted.some((level) => level !== 'unit')) await prepareNats();
  const projects = wanted.filter((level) => level !== 'telephony' || !without);
  if (projects.length > 0) sum = addTally(sum, await runVitest(projects));
  if (asterisk !== undefined) sum = addTally(sum, await skipTelephony(asterisk));
  return sum;
};

/** Undefined when a real Asterisk is ready, else why it cannot be had. */
const prepareAsterisk = async (): Promise<string | undefined> => {
  const runnable = await canRunAsterisk();
  if (!runnable.ok) return runnable.why;
  try {
    await ensureRootFileSystem({ onProgress: (text: string) => console.log(`  Asterisk: ${text}`) });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const prepareNats = async (): Promise<void> => {
  try {
    await findOwnNats((text) => console.log(`  NATS: ${text}`));
  } catch (error) {
    // The tests that need it fail one by one; this says once why.
    console.error((error as Error).message);
  }
};

const skipTelephony = async (why: string): Promise<Tally> => {
  const missing = await countTests(run, bin('vitest'), positionals, root);
  const mustRun = process.env['CI'] === 'true' && missing > 0;
  const stars = '*'.repeat(78);
  console.error(
    `\n${stars}\nTELEPHONY TESTS DID NOT RUN (${missing}): ${why}\n${mustRun ? 'In CI that is a failure.\n' : ''}${stars}`,
  );
  return { passed: 0, failed: mustRun ? 1 : 0, skipped: missing };
};

const runVitest = async (projects: readonly string[]): Promise<Tally> => {
  const file = join(root, '.cache', 'test-report.json');
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(file, { force: true });
  const code = await run(bin('vitest'), [
    'run',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...projects.flatMap((project) => ['--project', project]),
    ...positionals,
  ]);
  let report: Report | undefined;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    console.error('The test runner left no report.');
  }
  return tallyOf(report, code);
};

const run = (command: string, args: readonly string[]): Promise<number> => {
  const wrapped = dieWithParent(command, args, 'SIGKILL');
  return new Promise((resolve) => {
    running = spawn(wrapped.command, wrapped.args, { cwd: root, stdio: 'inherit', detached: true });
    running.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}.`);
      resolve(1);
    });
    running.once('exit', (code) => {
      running = undefined;
      resolve(code ?? 1);
    });
  });
};

const tally = await runEverything();
console.log(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
const missing = untested(tally, positionals);
if (missing !== undefined) console.error(missing);
process.exit(tally.failed > 0 || missing !== undefined ? 1 : 0);
