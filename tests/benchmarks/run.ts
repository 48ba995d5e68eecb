/*
 * `npm run bench [-- append projection key calls] [--json]`: how much the log costs, beside the same work without it, in one run.
 * Nothing passes or fails here; the aims are printed so that one can see how far away a figure is.
 */
import { cpus } from 'node:os';
import { styleText } from 'node:util';
import { parts, type Figure, type Part, type PartResult, type Progress } from './report/figure.ts';
import { tableOf } from './report/table.ts';

const help = `Usage: npm run bench -- [${parts.join('] [')}] [--rounds <n>] [--json]

  append      decisions stored per second, beside raw publishing
  projection  events built into rows per second, beside reading the log and dropping it
  key         from a supervisor's key press to the changed voices on a real Asterisk, beside a handler without a log
  calls       from a change of a call to a hundred viewers of the list, beside a plain subscriber of NATS

Without a part, all of them. --json prints one line of JSON at the end instead of the tables.
`;

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(help);
  process.exit(0);
}
const json = args.includes('--json');
const roundsAt = args.indexOf('--rounds');
const rounds = roundsAt === -1 ? 5 : Number(args[roundsAt + 1]);
const named = args.filter(
  (arg, place) => !arg.startsWith('--') && (roundsAt === -1 || place !== roundsAt + 1),
);
const unknown = [
  ...named.filter((name) => !parts.some((part) => part === name)),
  ...args.filter((arg) => arg.startsWith('--') && !['--json', '--rounds'].includes(arg)),
];
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(
    `${unknown.length > 0 ? `There is no ${unknown.join(', ')}.` : '--rounds needs a whole number from 1 on.'}\n\n${help}`,
  );
  process.exit(2);
}
const chosen = parts.filter((part) => named.length === 0 || named.includes(part));

const progress: Progress = (text) => void process.stderr.write(styleText('dim', `${text}\n`));

const measure = async (part: Part): Promise<PartResult> => {
  switch (part) {
    case 'append':
      return (await import('./append/append.ts')).measureAppending(rounds, progress);
    case 'projection':
      return (await import('./projection.ts')).measureProjection(rounds, progress);
    case 'key':
      return (await import('./key/key.ts')).measureKeys(rounds, progress);
    case 'calls':
      return (await import('./calls/calls.ts')).measureCurrentCalls(rounds, progress);
  }
};

const figures: Figure[] = [];
for (const part of chosen) {
  progress(`\n${part}`);
  const result = await measure(part);
  if ('notMeasured' in result)
    process.stderr.write(styleText('yellow', `${part} was NOT measured: ${result.notMeasured}\n`));
  else figures.push(...result.figures);
}

const machine = { cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown', node: process.version };
if (json) console.log(JSON.stringify({ machine, rounds, figures }));
else if (figures.length > 0) {
  console.log(`\n${tableOf(figures)}\n`);
  console.log(
    styleText(
      'dim',
      `${machine.cores} cores (${machine.processor}), Node.js ${machine.node}; everything runs on this one machine. What is compared to what: docs/benchmarks.md`,
    ),
  );
}
