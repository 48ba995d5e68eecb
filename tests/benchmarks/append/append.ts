import { writeCommit, type CallId, type EventType, type Writer } from '@earshot/contracts';
import {
  connectToNats,
  ensureStreams,
  openEventLog,
  openCoordination,
  type EventLog,
} from '@earshot/event-log';
import { testNats } from '@earshot/testkit/nats';
import { StorageType, jetstreamManager } from '@nats-io/jetstream';
import type { Figure, PartResult, Progress } from '../report/figure.ts';
import { ratioOf, spreadOf } from '../report/spread.ts';
import { decideFromTheInbox } from './decisions-from-the-inbox.ts';
import { decideFromOutside } from './decisions-from-outside.ts';
import { publishRaw } from './raw-publishing.ts';
import { interleaved, messagesOf, numberedCall, overNow, spiedOn, type Message } from './stored-calls.ts';

/** Calls that run at the same time, and messages of raw publishing that are under way at once. */
const inFlight = 128;
const keysPerCall = 64;
/** Each round takes turns so often, so that a moment in which the machine is busy counts on both sides. */
const turns = 2;
const aim = 0.85;

const keys = inFlight * keysPerCall;
/** How the switch of the scripted calls names the supervisor's leg. */
const supervisorsHandle = '1700000000.3';

interface Turn {
  readonly calls: readonly CallId[];
  /** Seconds that the decisions took. */
  readonly outside: number;
  readonly inbox: number;
}

const sides = ['inbox', 'rawInbox', 'outside', 'rawOutside'] as const;
type Side = (typeof sides)[number];

/** Decisions stored per second, taken from the inbox and from outside, beside raw publishing of the same bytes. */
export const measureAppending = async (rounds: number, progress: Progress): Promise<PartResult> => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats());
  const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'benchmark' }), (open) =>
    open.close(),
  );
  await ensureStreams(connection);
  await (
    await jetstreamManager(connection)
  ).streams.add({ name: 'RAW', subjects: ['raw.>'], storage: StorageType.File });
  const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
  const coordination = openCoordination(connection);

  let made = 0;
  /** One decision of signaling on each key of the calls, then one of supervision on each of those; the calls are over afterwards. */
  const decideTurn = async (): Promise<Turn> => {
    const calls = Array.from({ length: inFlight }, () => numberedCall((made += 1)));
    const scripts = calls.map(spiedOn);
    await publishRaw(connection, interleaved(scripts.map((script) => messagesOf(script))), inFlight);
    await decideFromTheInbox(log, coordination);
    const outside = await decideFromOutside(log, coordination, calls, supervisorsHandle, keysPerCall);
    const inbox = await decideFromTheInbox(log, coordination);
    for (const { decisions } of [outside, inbox])
      if (decisions !== keys) throw new Error(`${decisions} decisions were stored on ${keys} keys.`);
    await publishRaw(
      connection,
      interleaved(scripts.map((script) => messagesOf(overNow(script), script.commits.length))),
      inFlight,
    );
    return { calls, outside: outside.seconds, inbox: inbox.seconds };
  };
  progress('warming up');
  const { calls } = await decideTurn();
  const [inboxMessages, outsideMessages] = [
    await storedOn(log, calls, 'supervision', 'SupervisionModeChanged'),
    await storedOn(log, calls, 'signaling', 'KeyPressed'),
  ];
  await publishRaw(connection, inboxMessages, inFlight);

  const raw = async (): Promise<Pick<Seconds, 'rawInbox' | 'rawOutside'>> => ({
    rawOutside: await publishRaw(connection, outsideMessages, inFlight),
    rawInbox: await publishRaw(connection, inboxMessages, inFlight),
  });
  const measured = await takeTurns(rounds, decideTurn, raw, progress);
  return {
    figures: [
      figureOf(measured, 'inbox', inboxMessages, nats.version),
      figureOf(measured, 'outside', outsideMessages, nats.version),
    ],
  };
};

type Seconds = Record<Side, number>;

/** Decisions and raw publishing in turns (A B B A …), so that a busy moment counts on both sides. */
const takeTurns = async (
  rounds: number,
  decideTurn: () => Promise<Turn>,
  raw: () => Promise<Pick<Seconds, 'rawInbox' | 'rawOutside'>>,
  progress: Progress,
): Promise<Measured> => {
  const measured: Record<Side, number[]> = { inbox: [], rawInbox: [], outside: [], rawOutside: [] };
  for (let round = 0; round < rounds; round += 1) {
    const seconds: Seconds = { inbox: 0, rawInbox: 0, outside: 0, rawOutside: 0 };
    const add = (more: Partial<Seconds>): void => {
      for (const side of sides) seconds[side] += more[side] ?? 0;
    };
    for (let turn = 0; turn < turns; turn += 1) {
      if (turn % 2 === 0) add(await raw());
      const { outside, inbox } = await decideTurn();
      add({ outside, inbox });
      if (turn % 2 === 1) add(await raw());
    }
    for (const side of sides) measured[side].push((turns * keys) / seconds[side]);
    const speeds = sides.map((side) => `${side} ${Math.round(measured[side].at(-1) ?? 0)}/s`);
    progress(`round ${round + 1} of ${rounds}: ${speeds.join(', ')}`);
  }
  return measured;
};

type Measured = Readonly<Record<Side, readonly number[]>>;

const about = {
  inbox: {
    name: 'Decisions stored, from the inbox (supervision)',
    what: 'inbox, load, decide, append',
    raw: 'rawInbox',
  },
  outside: {
    name: 'Decisions stored, from outside (signaling)',
    what: 'decide, append, read back',
    raw: 'rawOutside',
  },
} as const;

const figureOf = (
  measured: Measured,
  side: keyof typeof about,
  messages: readonly Message[],
  version: string,
): Figure => {
  const { name, what, raw } = about[side];
  const ratio = ratioOf(measured[side], measured[raw]);
  return {
    part: 'append',
    name,
    unit: 'per second',
    ratio,
    ours: { what, spread: spreadOf(measured[side]) },
    beside: { what: 'raw publishing, acknowledged', spread: spreadOf(measured[raw]) },
    aim: { text: `${aim} or better`, met: ratio.median >= aim },
    notes: [
      `${inFlight} in flight, ${turns * keys} messages of ${meanSize(messages)} bytes a round in ${turns} turns, NATS ${version}, one server, sync_interval always`,
    ],
  };
};

const meanSize = (messages: readonly Message[]): number =>
  Math.round(messages.reduce((sum, { data }) => sum + data.byteLength, 0) / messages.length);

/** What a writer decided on the keys of calls, byte by byte, under subjects of the stream for raw publishing and with the calls mixed. */
const storedOn = async (
  log: EventLog,
  calls: readonly CallId[],
  writer: Writer,
  type: EventType,
): Promise<Message[]> => {
  const perCall = await Promise.all(
    calls.map(async (callId) =>
      (await log.load(callId, [writer])).flatMap(({ id, events }): Message[] => {
        const [first] = events;
        if (first?.type !== type) return [];
        const { tenant, recordedAt, causation } = first;
        return [
          {
            subject: `raw.${callId}.${writer}`,
            data: writeCommit({ id, writer, callId, tenant, recordedAt, causation, events }),
          },
        ];
      }),
    ),
  );
  return [...interleaved(perCall)];
};
