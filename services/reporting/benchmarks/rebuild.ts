/*
 * How fast the rows are built from the log: `node services/reporting/benchmarks/rebuild.ts [events] [calls at once] [messages per transaction]`.
 * A real NATS server with file storage, a real PostgreSQL, one Node.js process. Prints one JSON line.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connectToNats, ensureStreams, openEventLog } from '@earshot/event-log';
import { testNats } from '@earshot/testkit/nats';
import { testPostgres } from '@earshot/testkit/postgres';
import { openDatabase } from '../src/adapters/database.ts';
import { migrate } from '../src/adapters/migrate.ts';
import { Projector } from '../src/adapters/projector.ts';
import { aBusyDay } from './a-busy-day.ts';

const wanted = Number(process.argv[2] ?? 200_000);
const atOnce = Number(process.argv[3] ?? 200);
await using nats = await testNats();
await using postgres = await testPostgres();
const connection = await connectToNats({ url: nats.url, name: 'benchmark' });
await ensureStreams(connection);
const stream = jetstream(connection);
let events = 0;
let messages = 0;
let window: Promise<unknown>[] = [];
for (const message of aBusyDay(wanted, atOnce)) {
  events += message.events;
  messages += 1;
  window.push(stream.publish(message.subject, message.data));
  if (window.length === 256) {
    await Promise.all(window);
    window = [];
  }
}
await Promise.all(window);

const calls = openEventLog({ connection, tenant: 'demo' });
const db = openDatabase({ connectionString: postgres.url, onLost: () => undefined, statementMs: 60_000 });
await migrate(db);
const batchSize = Number(process.argv[4] ?? 20_000);
const say = (fields: object, text: string) => console.error(text, fields);
const log = { info: () => undefined, warn: say, error: say };
const rates: number[] = [];
{
  await using projector = new Projector({ db, calls, log, batchSize });
  for (let run = 0; run < 3; run += 1) {
    if (run > 0) projector.rebuild();
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    while (projector.status.sequence < messages || (run > 0 && projector.status.rebuild?.state !== 'done'))
      await sleep(5);
    const seconds = (performance.now() - startedAt) / 1000;
    const used = process.cpuUsage(cpu);
    rates.push(Math.round(events / seconds));
    console.error(
      `run ${run + 1}: ${seconds.toFixed(2)} s, own CPU ${((used.user + used.system) / 1e6).toFixed(2)} s`,
    );
  }
}
const rows = await db.selectFrom('calls').select(db.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
const legs = await db.selectFrom('legs').select(db.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
console.log(
  JSON.stringify({
    events,
    messages,
    calls: rows.n,
    legs: legs.n,
    eventsPerSecond: rates,
    atOnce,
    cores: cpus().length,
    node: process.version,
  }),
);
await calls[Symbol.asyncDispose]();
await db.destroy();
await connection.close();
