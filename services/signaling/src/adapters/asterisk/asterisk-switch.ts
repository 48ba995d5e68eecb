import type { Switch, SwitchReport } from '../../domain/switch.ts';
import { createAriClients, type AriAccess, type AriClient } from './ari-client.ts';
import { createAsteriskClock, type AsteriskClock } from './asterisk-clock.ts';
import { createBook, type Book } from './book.ts';
import type { Door } from './legs-on-asterisk.ts';
import type { Urgency } from './limiter.ts';
import { createOvertaking } from './overtaking.ts';
import { usualOutsideLimits, type OutsideLimits } from './outside-callers.ts';
import { createPerforming, outcomeWithinMs } from './performing.ts';
import { createRecorderEnds, lengthOf } from './recorder-lengths.ts';
import { readPart, requireFinished } from './recording-file.ts';
import { noteFound, takeSnapshot } from './snapshot.ts';
import { createSwitchConnection } from './switch-connection.ts';
import { createTaking } from './taking.ts';
import { createTurningAway } from './turning-away.ts';

export interface AsteriskSwitchOptions extends AriAccess {
  /** `host:port` that outside numbers are called through; absent or empty: outside numbers cannot be called. */
  readonly trunk?: string;
  /** Folder, as Asterisk sees it, with each greeting as `<sha256 of its text>.wav`. */
  readonly greetingsFolder: string;
  /** Whether the directory knows an endpoint of the switch as an extension; every other caller is outside and has no rights. */
  readonly isExtension: (endpoint: string) => boolean;
  /** Of this switch among all of the log, 0 to 4095; 0 unless told. */
  readonly switchNumber?: number;
  /** How many callers from outside are let in; more are turned away as busy. `usualOutsideLimits` unless told. */
  readonly outside?: Partial<OutsideLimits>;
  /** Takes a sentence for people about what does not work and what is done about it; it holds no personal data. */
  readonly onProblem?: (text: string) => void;
}

/** In what time a question of many parts has an answer, in ms. */
const snapshotWithinMs = 10_000;

type Client = (urgency: Urgency, withinMs: number, isStillWanted?: () => boolean) => AriClient;

const clientFor = (options: AsteriskSwitchOptions, { toldRoughly }: AsteriskClock): Client => {
  const clients = createAriClients(options, toldRoughly);
  return (urgency, withinMs, isStillWanted) =>
    clients.for({
      urgency,
      deadline: AbortSignal.timeout(withinMs),
      ...(isStillWanted ? { isStillWanted } : {}),
    });
};

/** What Asterisk is asked, and answers without changing anything. */
const askingFor = (
  options: AsteriskSwitchOptions,
  client: Client,
  book: Book,
  door: Door,
  isConnected: () => boolean,
): Pick<Switch, 'snapshot' | 'recordingLength' | 'readRecording'> => ({
  snapshot: async (asked) => {
    if (!isConnected()) throw new Error('The switch did not tell what is true: there is no connection to it');
    const snapshot = await takeSnapshot(client('ask', snapshotWithinMs), door, asked);
    noteFound(book, snapshot);
    const { legs, bridges, snoops, recorders, prompts, keys } = snapshot;
    const admitted = legs.filter(({ handle }) => !book.turnedAway.has(handle));
    return { legs: admitted, bridges, snoops, recorders, prompts, keys };
  },
  recordingLength: async (recordingId) =>
    book.recorders.has(recordingId) ? undefined : lengthOf(client('ask', outcomeWithinMs), recordingId),
  readRecording: async (recordingId, part) => {
    await requireFinished(client('ask', outcomeWithinMs), recordingId);
    return readPart(options, recordingId, part);
  },
});

type Listener = (report: SwitchReport) => void;

/** Tells whoever listens now; what they cannot take is a problem of theirs and not of the switch. */
const createTelling = (onProblem: (text: string) => void) => {
  let onReport: Listener | undefined;
  return {
    listen: (listener: Listener | undefined): void => {
      onReport = listener;
    },
    tell: (report: SwitchReport): void => {
      try {
        onReport?.(report);
      } catch (error) {
        onProblem(`A report of the switch (${report.type}) could not be taken: ${String(error)}`);
      }
    },
  };
};

/** A real Asterisk, through ARI. What it does, measured, stands in infra/asterisk/README.md. */
export const createAsteriskSwitch = (options: AsteriskSwitchOptions): Switch => {
  const { app, isExtension, switchNumber = 0, onProblem = () => {} } = options;
  const door: Door = { app, isExtension, switchNumber };
  const limits = { ...usualOutsideLimits, ...options.outside };
  const book = createBook(limits);
  const clock = createAsteriskClock();
  const { tell, listen } = createTelling(onProblem);
  const client = clientFor(options, clock);
  const overtaking = createOvertaking();
  const recorders = createRecorderEnds({
    ...{ book, now: clock.now, tell },
    questions: () => client('act', outcomeWithinMs),
  });
  const unreachable = (leg: string): void =>
    void setImmediate(() => {
      const at = clock.now();
      if (book.leaves(leg)) tell({ type: 'leg-gone', at, handle: leg, reason: 'unreachable' });
    });
  const { trunk = '', greetingsFolder } = options;
  const performing = createPerforming({
    ...{ client, book, overtaking, recorders },
    surroundings: { app, trunk, greetingsFolder, unreachable },
    isOurs: () => connection.isOurs(),
    isConnected: () => connection.isUsed(),
  });
  const turningAway = createTurningAway({
    ...{ book, limits, onProblem },
    client: () => client('turn-away', outcomeWithinMs),
  });
  const { turnAway } = turningAway;
  const taking = createTaking({
    ...{ book, door, turnAway, overtaking, recorders, performing, tell },
  });
  const connection = createSwitchConnection({
    ...{ access: options, onProblem, book, clock, door, recorders, tell, ...taking },
    questions: () => client('ask', snapshotWithinMs),
  });
  return {
    description: { name: 'Asterisk', simulated: false },
    start: async (listener) => {
      await connection[Symbol.asyncDispose]();
      listen(listener);
      await connection.begin();
    },
    isConnected: connection.isUsed,
    now: clock.now,
    heardAt: connection.heardAt,
    perform: performing.perform,
    ...askingFor(options, client, book, door, connection.isUsed),
    [Symbol.asyncDispose]: async () => {
      listen(undefined);
      turningAway[Symbol.dispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
};
