import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isCallId, type CallId } from '@earshot/contracts';
import { connectToNats, openSettingsLog } from '@earshot/event-log';
import type { NatsConnection } from '@nats-io/transport-node';
import { inOrder, type Entry } from './entry.ts';
import { readAddresses } from '../addresses.ts';
import { maskPersonal } from './mask-personal.ts';
import { lastCall, readCall, readDeadLetters } from './read-call.ts';
import { ignoredReader } from './read-ignored.ts';
import { printable } from '../timeline/printable.ts';
import { tellCall } from './tell-call.ts';

const help = `npm run call -- ID        one call, told: what happened, who decided it and why, what was ignored
npm run call -- --last    the call in which something happened last

  --follow          go on telling what happens, until Ctrl-C
  --json            one JSON object a line (use npm run --silent)
  --show-personal   numbers, names and texts of errors as they are; else they are masked
  --nats URL        any log: nats://user:password@host:port
  --logs FOLDER     where the services' logs lie, *.log with JSON lines; ignored inputs stand only there
  NATS_URL, NATS_USER, NATS_PASSWORD   as --nats
  EARSHOT_DATA      data folder of the local run (.data)
`;
const dataDir = process.env['EARSHOT_DATA'] || fileURLToPath(new URL('../../../.data', import.meta.url));
const followEveryMs = 300;

const parsed = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        last: { type: 'boolean', default: false },
        follow: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        'show-personal': { type: 'boolean', default: false },
        nats: { type: 'string' },
        logs: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${help}`, { cause: error });
  }
};
type Options = ReturnType<typeof parsed>['values'];

const askedCall = (positionals: readonly string[], last: boolean): CallId | 'last' => {
  const [id, ...more] = positionals;
  if (more.length > 0 || (id === undefined) !== last)
    throw new Error(`Name one call by its id, or --last.\n\n${help}`);
  if (id === undefined) return 'last';
  const quoted = `"${id}"`;
  if (isCallId(id)) return id;
  throw new Error(
    `${quoted} is no id of a call: an id looks like 019abcde-0123-7456-89ab-0123456789ab. ` +
      'The log lines and spans of a call bear it; --last takes the newest call.',
  );
};

const connect = async ({ nats }: Options): Promise<NatsConnection> => {
  const { NATS_URL: fromEnv, NATS_USER: user, NATS_PASSWORD: pass = '' } = process.env;
  const url = nats ?? (fromEnv || (await readAddresses(dataDir, 'a server with --nats')).log);
  const login = nats === undefined && fromEnv && user ? { more: { user, pass } } : {};
  return connectToNats({ url, name: 'call', ...login }).catch((error: unknown) => {
    const host = url.replace(/^.*(?:@|:\/\/)/, '');
    throw new Error(
      `The log at ${host} does not answer (${error instanceof Error ? error.message : String(error)}): ` +
        'start Earshot with npm start or npm run lab, or name another server with --nats.',
      { cause: error },
    );
  });
};

/** Names of extensions; none when they shall not be shown. */
const peopleOf = async (
  connection: NatsConnection,
  isShown: boolean,
): Promise<Readonly<Record<string, string>>> => {
  if (!isShown) return {};
  await using view = await openSettingsLog({ connection, tenant: 'any' }).view();
  return Object.fromEntries(view.all('extensions').map(({ id, value }) => [id, value.name]));
};

const jsonOf = (entry: Entry, showPersonal: boolean): readonly string[] => {
  if (showPersonal) return [JSON.stringify(entry)];
  if (entry.kind === 'commit') return [JSON.stringify({ ...entry, events: entry.events.map(maskPersonal) })];
  return [
    JSON.stringify(entry.kind === 'dead-letter' ? { ...entry, problem: entry.problem.split(':')[0] } : entry),
  ];
};

const tell = async (connection: NatsConnection, callId: CallId, options: Options): Promise<void> => {
  const showPersonal = options['show-personal'];
  const teller = tellCall({
    colour: process.stdout.isTTY,
    showPersonal,
    people: await peopleOf(connection, showPersonal),
  });
  const ignored = ignoredReader(
    options.logs === undefined ? [join(dataDir, 'logs.before'), join(dataDir, 'logs')] : [options.logs],
    callId,
  );
  const sequences = new Set<number>();
  let upTo = 0;
  let lettersUpTo = 0;
  const news = async (): Promise<readonly Entry[]> => {
    const stored = await readCall(connection, callId, upTo);
    for (const { sequence } of stored) sequences.add(sequence);
    upTo = stored.at(-1)?.sequence ?? upTo;
    const dead = await readDeadLetters(connection, callId, sequences, lettersUpTo);
    lettersUpTo = dead.upTo;
    return inOrder([...stored, ...(await ignored()), ...dead.letters]);
  };
  for (let first = true; first || options.follow; first = false) {
    const entries = await news();
    if (first && entries.length === 0)
      throw new Error(`The log holds no call ${callId}: check the id; --last takes the newest call.`);
    for (const entry of entries) {
      const lines = options.json ? jsonOf(entry, showPersonal) : teller(entry).map(printable);
      for (const line of lines) console.log(line);
    }
    if (options.follow) await wait(followEveryMs);
  }
};

const main = async (): Promise<void> => {
  const { values, positionals } = parsed();
  if (values.help) return console.log(help);
  const asked = askedCall(positionals, values.last);
  const connection = await connect(values);
  try {
    const callId = asked === 'last' ? await lastCall(connection) : asked;
    if (callId === undefined) throw new Error('The log holds no call yet: make one, then ask again.');
    await tell(connection, callId, values);
  } finally {
    await connection.close();
  }
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(signal, () => process.exit(0));
// A reader that has gone away, such as `head`, ends this.
process.stdout.on('error', () => process.exit(0));
main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
