import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectToNats, ensureStreams } from '@earshot/event-log';
import { testNats } from '@earshot/testkit/nats';
import { startServiceProcess } from '@earshot/testkit/service-process';
import type { Figure, PartResult, Progress } from '../report/figure.ts';
import { percentile, ratioOf, spreadOf } from '../report/spread.ts';
import { ChangingCalls, beginCalls, type SentChange } from './changing-calls.ts';
import type { Arrived, Opened } from './viewers.ts';

const calls = 5_000;
const viewers = 100;
/** What 5,000 calls of three minutes with fifteen commits each come to. */
const perSecond = 400;
const secondsPerRound = 10;
const aimMs = 1_000;
const token = 'correct-horse-battery-staple-and-more';

/** Lags in ms, of each change at each viewer. */
interface Round {
  /** From when it was sent to the log. */
  readonly ours: readonly number[];
  /** The same of the plain subscriber, of each change. */
  readonly plain: readonly number[];
  /** From when the plain subscriber was told: what the list adds, without the disk. */
  readonly added: readonly number[];
}

/** From a change being sent to the log until a viewer of the list has it over HTTP, beside a plain subscriber who is told the same. */
export const measureCurrentCalls = async (rounds: number, progress: Progress): Promise<PartResult> => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats({ users: true }));
  const connect = async (name: string) =>
    opened.adopt(await connectToNats({ url: nats.url, name }), (open) => open.close());
  const connection = await connect('benchmark');
  await ensureStreams(connection);
  progress(`beginning ${calls} calls`);
  await beginCalls(connection, calls);
  const supervision = opened.use(
    await startServiceProcess(
      'supervision',
      new URL('../../../services/supervision/src/main.ts', import.meta.url),
      {
        NATS_URL: nats.urlFor('supervision'),
        API_TOKEN: token,
        INSTANCE: 'supervision-1',
        PORT: '0',
        LOG_LEVEL: 'warn',
      },
    ),
  );
  progress(`opening ${viewers} streams`);
  const child = fork(fileURLToPath(new URL('viewers.ts', import.meta.url)), [
    supervision.url,
    token,
    String(viewers),
  ]);
  opened.defer(async () => void child.kill());
  const { listBytes, ms } = (await saidBy(child)) as Opened;
  progress(
    `${viewers} viewers had the list of ${Math.round(listBytes / 1000)} kB after ${Math.round(ms)} ms`,
  );

  using changing = new ChangingCalls(connection, await connect('plain subscriber'), calls);
  await changing.change(3, perSecond);
  await arrivedAt(child);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const changes = await changing.change(secondsPerRound, perSecond);
    const one = lagsOf(changes, await arrivedAt(child));
    measured.push(one);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(one.ours, share).toFixed(0));
    progress(`round ${round + 1} of ${rounds}: viewers p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms`);
  }
  return { figures: figuresOf(measured, { listBytes, openedMs: ms, nats: nats.version }) };
};

const saidBy = async (child: ChildProcess): Promise<unknown> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error('A stream was ended, or the viewers could not be opened.');
  });
  const [said] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return said;
};

const arrivedAt = async (child: ChildProcess): Promise<Arrived['viewers']> => {
  child.send('what came?');
  return ((await saidBy(child)) as Arrived).viewers;
};

/** A viewer has a change with the first event whose place is that of the change, or later. @throws when one never came */
const lagsOf = (changes: readonly SentChange[], arrived: Arrived['viewers']): Round => {
  const inOrder = changes.toSorted((one, other) => one.place - other.place);
  const [ours, added]: [number[], number[]] = [[], []];
  for (const [viewer, places] of arrived.entries()) {
    let next = 0;
    for (const { place, sentAt, toldAt } of inOrder) {
      while (next < places.length && (places[next] ?? 0) < place) next += 2;
      const at = places[next + 1];
      if (at === undefined) throw new Error(`Viewer ${viewer} was not told of place ${place}.`);
      ours.push(at - sentAt);
      added.push(at - toldAt);
    }
  }
  return { ours, plain: changes.map(({ sentAt, toldAt }) => toldAt - sentAt), added };
};

const figuresOf = (
  measured: readonly Round[],
  about: { readonly listBytes: number; readonly openedMs: number; readonly nats: string },
): readonly Figure[] => {
  const figure = (name: string, share: number): Figure => {
    const [ours, plain] = [
      measured.map((round) => percentile(round.ours, share)),
      measured.map((round) => percentile(round.plain, share)),
    ];
    return {
      part: 'calls',
      name: `Change of a call to the viewer, ${name}`,
      unit: 'ms',
      ours: { what: `viewer of the list, over HTTP`, spread: spreadOf(ours) },
      beside: { what: 'plain subscriber of NATS', spread: spreadOf(plain) },
      ratio: ratioOf(ours, plain),
      aim: share === 1 ? { text: `at most ${aimMs} ms`, met: Math.max(...ours) <= aimMs } : null,
      notes: [],
    };
  };
  const added = measured.flatMap((round) => round.added);
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(percentile(added, share)));
  return [
    figure('p50', 0.5),
    figure('p99', 0.99),
    {
      ...figure('the slowest', 1),
      notes: [
        `${calls} calls run, ${viewers} viewers see all of them, ${perSecond} changes a second for ${secondsPerRound} s a round; one process of supervision, NATS ${about.nats}, sync_interval always`,
        `after the plain subscriber was told, a viewer had it in ${p50} ms (p50), ${p99} ms (p99), at most ${most} ms`,
        `each viewer got the list of ${Math.round(about.listBytes / 1000)} kB; all ${viewers} had it ${Math.round(about.openedMs)} ms after the first had asked`,
      ],
    },
  ];
};
