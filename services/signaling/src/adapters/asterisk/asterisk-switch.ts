import type { Outcome, Switch, SwitchOperation, SwitchReport } from '../../domain/switch.ts';
import { createAriClients, type AriAccess } from './ari-client.ts';
import { followAriEvents, type AriEvents } from './ari-events.ts';
import type { AriChannel, AriEvent } from './ari-types.ts';
import { createBook } from './book.ts';
import { learn } from './learning.ts';
import { instantOf, isRungByUs, snoopedBy, type Door } from './legs-on-asterisk.ts';
import { carryOut, passKey, type Surroundings } from './operations.ts';
import { createOvertaking, oppositeOf } from './overtaking.ts';
import { createRecorderEnds, lengthOf } from './recorder-lengths.ts';
import { readPart, requireFinished } from './recording-file.ts';
import { admit, reportsOf } from './reports.ts';
import { noteFound, takeSnapshot } from './snapshot.ts';
import type { Urgency } from './limiter.ts';

export interface AsteriskSwitchOptions extends AriAccess {
  /** `host:port` that outside numbers are called through; absent or empty: outside numbers cannot be called. */
  readonly trunk?: string;
  /** Folder, as Asterisk sees it, with each greeting as `<sha256 of its text>.wav`. */
  readonly greetingsFolder: string;
  /** Whether the directory knows an endpoint of the switch as an extension; every other caller is outside and has no rights. */
  readonly isExtension: (endpoint: string) => boolean;
  /** Of this switch among all of the log, 0 to 4095; 0 unless told. */
  readonly switchNumber?: number;
  /** How many calls one outside number, or one address without a number, may have at a time; more are turned away as busy. 5 unless told. */
  readonly maxCallsPerCaller?: number;
  /** Takes a sentence for people about what does not work and what is done about it; it holds no personal data. */
  readonly onProblem?: (text: string) => void;
}

/** In what time an operation has an outcome, and a question of many parts an answer, in ms. */
const outcomeWithinMs = 3_000;
const snapshotWithinMs = 10_000;

const takesAway = new Set<SwitchOperation['op']>([
  'stop-recorder',
  'mute',
  'hang-up',
  'take-out',
  'drop-snoop',
  'drop-bridge',
  'stop-prompt',
]);

/** Q.850: the caller hears the busy tone. */
const busy = 17;

/** A real Asterisk, through ARI. What it does, measured, stands in infra/asterisk/README.md. */
export const createAsteriskSwitch = (options: AsteriskSwitchOptions): Switch => {
  const { app, isExtension, switchNumber = 0, maxCallsPerCaller = 5, onProblem = () => {} } = options;
  const door: Door = { app, isExtension, switchNumber };
  const clients = createAriClients(options);
  const book = createBook();
  const overtaking = createOvertaking();
  let events: AriEvents | undefined;
  let onReport: ((report: SwitchReport) => void) | undefined;
  /** The connection that is being used; undefined while there is none, or it is not known yet what happened before it. */
  let connection: object | undefined;
  /** Events that came before it was known what happened before them. */
  let held: AriEvent[] | undefined;
  let isOurs = false;

  const client = (urgency: Urgency, withinMs: number, isStillWanted?: () => boolean) =>
    clients.for({
      urgency,
      deadline: AbortSignal.timeout(withinMs),
      ...(isStillWanted ? { isStillWanted } : {}),
    });
  const now = () => new Date().toISOString();
  const tell = (report: SwitchReport): void => {
    try {
      onReport?.(report);
    } catch (error) {
      onProblem(`A report of the switch (${report.type}) could not be taken: ${String(error)}`);
    }
  };
  const recorders = createRecorderEnds({ book, tell, questions: () => client('act', outcomeWithinMs) });

  const around = (urgency: Urgency, isStillWanted?: () => boolean): Surroundings => ({
    ari: client(urgency, outcomeWithinMs, isStillWanted),
    book,
    app,
    trunk: options.trunk ?? '',
    greetingsFolder: options.greetingsFolder,
    unreachable: (leg) =>
      void setImmediate(() => {
        if (book.leaves(leg)) tell({ type: 'leg-gone', at: now(), handle: leg, reason: 'unreachable' });
      }),
  });
  const takeAway = (operation: SwitchOperation): Promise<Outcome> => carryOut(around('take-away'), operation);

  /** Does what adds, unless it was taken away since it was asked for: then it is not done, or taken back. */
  const add = async (operation: SwitchOperation, opposite: SwitchOperation): Promise<Outcome> => {
    const before = overtaking.count(opposite);
    const isStillWanted = (): boolean => overtaking.count(opposite) === before;
    const outcome = await carryOut(around('act', isStillWanted), operation);
    if (isStillWanted() || outcome.outcome === 'refused') return outcome;
    await takeAway(opposite);
    return { outcome: 'refused', reason: 'it was taken back meanwhile' };
  };

  const letIn = (channel: AriChannel): void => {
    const arrival = admit(book, channel, door, maxCallsPerCaller);
    if (arrival === 'turned-away') {
      onProblem(
        `A caller has ${maxCallsPerCaller} calls at a time, as many as one may have: a further one is turned away as busy.`,
      );
      void client('take-away', outcomeWithinMs).delete(`/channels/${encodeURIComponent(channel.id)}`, {
        reason_code: busy,
      });
    } else if (arrival) {
      tell(arrival);
    }
  };

  /** What was asked for without an answer may happen after it was taken away: then it is taken away again. */
  const undoLate = (event: AriEvent): void => {
    const late: SwitchOperation | undefined =
      event.type === 'RecordingStarted'
        ? { op: 'stop-recorder', recordingId: event.recording.name }
        : event.type === 'StasisStart' && isRungByUs(event.channel.id)
          ? { op: 'hang-up', leg: event.channel.id }
          : undefined;
    if (late && overtaking.count(late) > 0) void takeAway(late);
  };

  const take = (event: AriEvent): void => {
    if (
      event.type === 'StasisStart' &&
      snoopedBy(event.channel) === undefined &&
      !isRungByUs(event.channel.id)
    )
      letIn(event.channel);
    if (event.type === 'RecordingFinished')
      void recorders.ended(event.recording.name, instantOf(event.timestamp));
    const seat = 'channel' in event ? book.seats.get(event.channel.id) : undefined;
    for (const report of reportsOf(event, book)) {
      tell(report);
      if (report.type === 'leg-gone') recorders.lookAfter(seat?.bridge);
    }
    undoLate(event);
    if (event.type === 'ChannelDtmfReceived')
      void passKey(around('act'), event.channel.id, event.digit, event.duration_ms);
  };

  const lost = (): void => {
    connection = undefined;
    held = undefined;
  };

  const replaced = (): void => {
    isOurs = false;
    lost();
    void events?.[Symbol.asyncDispose]();
    tell({ type: 'replaced', at: now() });
  };

  const onEvent = (event: AriEvent): void => {
    if (event.type === 'ApplicationReplaced') return replaced();
    if (event.type === 'StasisStart' && snoopedBy(event.channel) !== undefined)
      book.hasEntered(event.channel.id);
    if (held) held.push(event);
    else take(event);
  };

  /** Finds out what happened before the connection was there; what comes meanwhile waits, and is told afterwards. */
  const opened = async (isFirst: boolean): Promise<void> => {
    const waiting: AriEvent[] = [];
    held = waiting;
    const learnt = await learn(client('ask', snapshotWithinMs), book, door);
    if (held !== waiting) throw new Error('the connection was lost again');
    connection = waiting;
    if (!isFirst) {
      for (const channel of learnt.arrivedUntold) letIn(channel);
      for (const recordingId of learnt.recordersGone) void recorders.ended(recordingId, undefined);
      tell({ type: 'reconnected', at: now() });
    }
    held = undefined;
    for (const event of waiting) take(event);
  };

  const begin = (): AriEvents => {
    let isFirst = true;
    isOurs = true;
    return followAriEvents({
      access: options,
      onEvent,
      onLost: lost,
      onProblem,
      onOpen: async () => {
        await opened(isFirst);
        isFirst = false;
      },
    });
  };

  const perform = async (operation: SwitchOperation): Promise<Outcome> => {
    overtaking.note(operation);
    if (!isOurs)
      return {
        outcome: 'unknown',
        reason: 'the switch is not ours: it was not started, or another process has taken it',
      };
    // Taking away does not wait for the reports to come back.
    if (!connection && !takesAway.has(operation.op))
      return { outcome: 'unknown', reason: 'no connection to the switch' };
    const left = operation.op === 'place' ? book.seats.get(operation.participant)?.bridge : undefined;
    const opposite = oppositeOf(operation);
    const outcome = opposite
      ? await add(operation, opposite)
      : await carryOut(around(takesAway.has(operation.op) ? 'take-away' : 'act'), operation);
    if (operation.op === 'drop-bridge' || operation.op === 'take-out') recorders.lookAfter(operation.bridge);
    if (operation.op === 'stop-recorder' && outcome.outcome === 'done')
      recorders.lookLater(operation.recordingId);
    recorders.lookAfter(left);
    return outcome;
  };

  return {
    description: { name: 'Asterisk', simulated: false },
    start: async (listener) => {
      await events?.[Symbol.asyncDispose]();
      onReport = listener;
      events = begin();
      await events.first;
    },
    isConnected: () => connection !== undefined,
    heardAt: () => events?.heardAt(),
    perform,
    snapshot: async (asked) => {
      if (!connection) throw new Error('The switch did not tell what is true: there is no connection to it');
      const snapshot = await takeSnapshot(client('ask', snapshotWithinMs), door, asked);
      noteFound(book, snapshot);
      const { legs, bridges, snoops, recorders: running, prompts } = snapshot;
      return {
        legs: legs.filter(({ handle }) => !book.turnedAway.has(handle)),
        bridges,
        snoops,
        recorders: running,
        prompts,
      };
    },
    recordingLength: async (recordingId) =>
      book.recorders.has(recordingId) ? undefined : lengthOf(client('ask', outcomeWithinMs), recordingId),
    readRecording: async (recordingId, part) => {
      await requireFinished(client('ask', outcomeWithinMs), recordingId);
      return readPart(options, recordingId, part);
    },
    [Symbol.asyncDispose]: async () => {
      onReport = undefined;
      isOurs = false;
      await events?.[Symbol.asyncDispose]();
    },
  };
};
