import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToNats, ensureStreams, openEventLog, type EventLog } from '@earshot/event-log';
import { startPostgres, type PostgresInstance } from '@earshot/postgres';
import { testNats } from '@earshot/testkit/nats';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { aBusyDay, type LoggedMessage } from '../../services/reporting/benchmarks/a-busy-day.ts';
import { openDatabase } from '../../services/reporting/src/adapters/database.ts';
import { migrate } from '../../services/reporting/src/adapters/migrate.ts';
import { Projector } from '../../services/reporting/src/adapters/projector.ts';
import { publishRaw } from './append/raw-publishing.ts';
import type { Figure, PartResult, Progress } from './report/figure.ts';
import { ratioOf, spreadOf } from './report/spread.ts';

const eventsInTheLog = 200_000;
const callsAtOnce = [200, 5_000];
const aim = 45_000;

/** Reporting's rows from a log of 200,000 events, beside an ordered consumer that drops what it reads. */
export const measureProjection = async (rounds: number, progress: Progress): Promise<PartResult> => {
  const figures: Figure[] = [];
  for (const atOnce of callsAtOnce) figures.push(await measureLog(atOnce, rounds, progress));
  return { figures };
};

const measureLog = async (atOnce: number, rounds: number, progress: Progress): Promise<Figure> => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats());
  const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'benchmark' }), (open) =>
    open.close(),
  );
  await ensureStreams(connection);
  progress(`storing a log of ${eventsInTheLog} events, ${atOnce} calls at once`);
  const { events, messages } = await store(connection, aBusyDay(eventsInTheLog, atOnce));
  const calls = opened.use(openEventLog({ connection, tenant: 'demo' }));
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'earshot-bench-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const postgres = opened.use(await startPostgres({ dataDir: join(folder, 'data'), own: true }));

  const [projected, consumed]: [number[], number[]] = [[], []];
  const consume = async (): Promise<void> =>
    void consumed.push(events / (await secondsToConsume(connection, messages)));
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) await consume();
    projected.push(events / (await secondsToProject(calls, postgres, `round_${round}`, messages)));
    if (round % 2 === 1) await consume();
    progress(
      `round ${round + 1} of ${rounds}: rows ${Math.round(projected.at(-1) ?? 0)} events/s, ordered consumer ${Math.round(consumed.at(-1) ?? 0)} events/s`,
    );
  }
  const spread = spreadOf(projected);
  return {
    part: 'projection',
    name: `Events of a log projected, ${atOnce} calls at once (reporting)`,
    unit: 'per second',
    ours: { what: 'rows in PostgreSQL, with checkpoint', spread },
    beside: { what: 'ordered consumer, reads and drops', spread: spreadOf(consumed) },
    ratio: ratioOf(projected, consumed),
    aim: { text: `${aim} events/s or better`, met: spread.median >= aim },
    notes: [
      `${events} events in ${messages} messages; each round an empty database, PostgreSQL waits for the disk`,
    ],
  };
};

const store = async (
  connection: NatsConnection,
  day: Iterable<LoggedMessage>,
): Promise<{ events: number; messages: number }> => {
  const stored = { events: 0, messages: 0 };
  const counted = function* (): Generator<LoggedMessage> {
    for (const message of day) {
      stored.events += message.events;
      stored.messages += 1;
      yield message;
    }
  };
  await publishRaw(connection, counted(), 256);
  return stored;
};

const secondsToConsume = async (connection: NatsConnection, messages: number): Promise<number> => {
  const begun = performance.now();
  const consumer = await jetstream(connection).consumers.get('CALLS');
  let left = messages;
  const incoming = await consumer.consume({ max_messages: 2000 });
  for await (const _ of incoming) if ((left -= 1) === 0) break;
  return (performance.now() - begun) / 1000;
};

const secondsToProject = async (
  calls: EventLog,
  postgres: PostgresInstance,
  name: string,
  messages: number,
): Promise<number> => {
  const db = openDatabase({
    connectionString: await postgres.createDatabase(name),
    onLost: () => undefined,
    statementMs: 60_000,
  });
  try {
    await migrate(db);
    const fail = (_: object, text: string) => {
      throw new Error(text);
    };
    const log = { info: () => undefined, warn: fail, error: fail };
    const begun = performance.now();
    await using projector = new Projector({ db, calls, log });
    while (projector.status.sequence < messages) await sleep(2);
    return (performance.now() - begun) / 1000;
  } finally {
    await db.destroy();
  }
};
