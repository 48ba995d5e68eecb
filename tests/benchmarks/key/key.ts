import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRunAsterisk, startAsteriskRig } from '@earshot/testkit/asterisk';
import { startServiceProcess } from '@earshot/testkit/service-process';
import type { Figure, PartResult, Progress } from '../report/figure.ts';
import { percentile, ratioOf, spreadOf } from '../report/spread.ts';
import { startCallThroughTheLog } from './call-through-the-log.ts';
import { Supervisor } from './key-presses.ts';
import type { TimedKey } from './key-stopwatch.ts';

const keysPerRound = 30;
const aim = 1.4;

/** From a key on the websocket to the last command answered: through the log, beside a handler without one, key by key in turns. */
export const measureKeys = async (rounds: number, progress: Progress): Promise<PartResult> => {
  const runnable = await canRunAsterisk();
  if (!runnable.ok) return { notMeasured: runnable.why };
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'earshot-bench-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const rig = opened.use(await startAsteriskRig());
  const preload = (file: string): NodeJS.ProcessEnv => ({
    NODE_OPTIONS: `--import=${new URL('key-stopwatch.ts', import.meta.url).href}`,
    BENCH_KEYS_FILE: join(folder, file),
  });

  progress('leading six real phones into two supervised calls');
  const logged = opened.use(await startCallThroughTheLog(rig, preload('through-the-log')));
  const extensions = ['2001', '2002', '888'];
  const [, , directSupervisor] = await Promise.all(
    extensions.map((extension, place) => rig.extension(extension, 1050 + place * 100, { answerAfterMs: 50 })),
  );
  if (!directSupervisor) throw new Error('The direct handler needs three phones.');
  const { url, ariUser, ariPassword } = rig.asterisk;
  opened.use(
    await startServiceProcess('direct handler', new URL('direct-handler.ts', import.meta.url), {
      SWITCH_URL: url,
      SWITCH_USER: ariUser,
      SWITCH_PASSWORD: ariPassword,
      BENCH_EXTENSIONS: extensions.join(','),
      ...preload('direct'),
    }),
  );

  const sides = {
    log: new Supervisor(logged.supervisor, join(folder, 'through-the-log')),
    direct: new Supervisor(directSupervisor, join(folder, 'direct')),
  };
  for (let warmUp = 0; warmUp < 9; warmUp += 1)
    for (const side of [sides.log, sides.direct]) await side.press();
  const timed = await takeTurns(sides, rounds, progress);
  return { figures: figuresOf(timed, rig.asterisk.version, logged.natsVersion) };
};

/** Keys of each side, by round. */
interface Timed {
  readonly log: readonly TimedKey[][];
  readonly direct: readonly TimedKey[][];
}
type Sides = Readonly<Record<'log' | 'direct', Supervisor>>;

/** Key by key in turns, so that a busy moment counts on both sides. */
const takeTurns = async (sides: Sides, rounds: number, progress: Progress): Promise<Timed> => {
  const timed = { log: [] as TimedKey[][], direct: [] as TimedKey[][] };
  for (let round = 0; round < rounds; round += 1) {
    const keys = { log: [] as TimedKey[], direct: [] as TimedKey[] };
    for (let key = 0; key < keysPerRound; key += 1) {
      for (const side of key % 2 === 0 ? (['log', 'direct'] as const) : (['direct', 'log'] as const))
        keys[side].push(await sides[side].press());
    }
    timed.log.push(keys.log);
    timed.direct.push(keys.direct);
    progress(
      `round ${round + 1} of ${rounds}: p50 through the log ${msAt(keys.log, 0.5).toFixed(1)} ms, direct ${msAt(keys.direct, 0.5).toFixed(1)} ms`,
    );
  }
  return timed;
};

const figure = (
  name: string,
  log: readonly number[],
  direct: readonly number[],
  withAim: boolean,
): Figure => {
  const ratio = ratioOf(log, direct);
  return {
    part: 'key',
    name,
    unit: 'ms',
    ratio,
    ours: { what: 'through the log', spread: spreadOf(log) },
    beside: { what: 'direct handler', spread: spreadOf(direct) },
    aim: withAim ? { text: `at most ${aim} times`, met: ratio.median <= aim } : null,
    notes: [],
  };
};
const figuresOf = (timed: Timed, asterisk: string, nats: string): readonly Figure[] => {
  const rounds = timed.log.length;
  const commandsOf = (side: keyof Timed): string => {
    const keys = timed[side].flat();
    return (keys.reduce((sum, { commands }) => sum + commands, 0) / keys.length).toFixed(1);
  };
  const p50 = (side: keyof Timed): number[] => timed[side].map((keys) => msAt(keys, 0.5));
  const p99 = (side: keyof Timed): number[] => [msAt(timed[side].flat(), 0.99)];
  return [
    figure('Key press to changed voices, p50', p50('log'), p50('direct'), true),
    {
      ...figure('Key press to changed voices, p99', p99('log'), p99('direct'), false),
      notes: [
        `p99 of all ${rounds * keysPerRound} keys a side; Asterisk ${asterisk}, real phones; commands per key ${commandsOf('log')} and ${commandsOf('direct')}`,
        `NATS ${nats}, sync_interval always; signaling, supervision and recording-consent are processes of their own`,
      ],
    },
  ];
};

const msAt = (keys: readonly TimedKey[], share: number): number =>
  percentile(
    keys.map(({ ms }) => ms),
    share,
  );
