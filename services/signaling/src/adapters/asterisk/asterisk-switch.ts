import type { Handle, Switch, SwitchReport } from '../../domain/switch.ts';
import { ariPath, createAriClient, type AriAccess } from './ari-client.ts';
import { followAriEvents, type AriEvents } from './ari-events.ts';
import type { AriEvent } from './ari-types.ts';
import { createBook } from './book.ts';
import { instantOf, snoopedBy } from './legs-on-asterisk.ts';
import { carryOut, passKey, type Surroundings } from './operations.ts';
import { recorderStopped, reportsOf } from './reports.ts';
import { takeSnapshot } from './snapshot.ts';

export interface AsteriskSwitchOptions extends AriAccess {
  /** `host:port` that outside numbers are called through; absent or empty: outside numbers cannot be called. */
  readonly trunk?: string;
  /** Folder, as Asterisk sees it, with each greeting as `<sha256 of its text>.wav`. */
  readonly greetingsFolder: string;
}

const wavHeaderBytes = 44;
/** 8000 samples a second of 2 bytes: what Asterisk writes as `wav`. */
const bytesPerMs = 16;
/** After this time the end of a recorder was either told or will not be. */
const untoldAfterMs = 500;

/** A real Asterisk, through ARI. What it does, measured, stands in infra/asterisk/README.md. */
export const createAsteriskSwitch = (options: AsteriskSwitchOptions): Switch => {
  const { app } = options;
  const ari = createAriClient(options);
  const book = createBook();
  let events: AriEvents | undefined;
  let onReport: ((report: SwitchReport) => void) | undefined;
  let inOrder = Promise.resolve();

  const later = (work: () => Promise<void>): void => {
    inOrder = inOrder.then(work).catch(() => {});
  };
  const tell = (report: SwitchReport): void => onReport?.(report);
  const now = () => new Date().toISOString() as SwitchReport['at'];

  const around: Surroundings = {
    ari, book, app, trunk: options.trunk ?? '', greetingsFolder: options.greetingsFolder,
    unreachable: (leg: Handle) => later(async () => {
      if (book.leaves(leg)) tell({ type: 'leg-gone', at: now(), handle: leg, reason: 'unreachable' });
    }),
  };

  const recordingLength = async (recordingId: string): Promise<number | undefined> => {
    const bytes = await ari.size(ariPath('recordings', 'stored', recordingId, 'file'));
    return bytes === undefined ? undefined : Math.max(0, Math.round((bytes - wavHeaderBytes) / bytesPerMs));
  };

  /**
   * A recorder ends with its bridge and with the last party in it, and Asterisk does not always tell. Some time after either, those
   * that still count as running are looked at.
   */
  const lookAfterRecorders = (bridge: string | undefined): void => {
    if (bridge === undefined) return;
    const concerned = [...book.recorders].filter(([, recorder]) => recorder.bridge === bridge);
    for (const [recordingId, { startedAt }] of concerned) {
      setTimeout(() => later(async () => {
        if (!book.recorders.has(recordingId)) return;
        const live = await ari.get(ariPath('recordings', 'live', recordingId));
        if (live.outcome !== 'refused' || live.status !== 404) return;
        const durationMs = (await recordingLength(recordingId)) ?? 0;
        const at = startedAt === undefined ? now() : instantOf(new Date(startedAt + durationMs).toISOString());
        for (const report of recorderStopped(book, recordingId, at, durationMs)) tell(report);
      }), untoldAfterMs).unref();
    }
  };

  const take = (event: AriEvent): void => {
    if (event.type === 'StasisStart' && snoopedBy(event.channel) !== undefined) book.hasEntered(event.channel.id);
    if (event.type === 'ChannelDtmfReceived') void passKey(around, event.channel.id, event.digit, event.duration_ms);
    later(async () => {
      const seat = 'channel' in event ? book.seats.get(event.channel.id) : undefined;
      for (const report of await reportsOf(event, book, app, recordingLength)) {
        tell(report);
        if (report.type === 'leg-gone') lookAfterRecorders(seat?.bridge);
      }
    });
  };

  /** Brings the book to what is true, after it was not told what happened. */
  const learn = async (): Promise<void> => {
    const snapshot = await takeSnapshot(ari, app);
    const there = new Set(snapshot.legs.map(({ handle }) => handle));
    for (const handle of [...book.legs.keys()]) if (!there.has(handle)) book.leaves(handle);
    for (const { handle, state } of snapshot.legs) book.legs.set(handle, { answered: state === 'answered' });
    const seats = new Map(book.seats);
    book.seats.clear();
    for (const { bridge, participants } of snapshot.bridges) {
      // Whose keys may pass is not known to Asterisk; until it is said again, nobody's do.
      for (const participant of participants) {
        const seat = seats.get(participant);
        book.seats.set(participant, seat?.bridge === bridge ? seat : { bridge, keys: 'absorbed' });
      }
    }
    book.prompts.clear();
    for (const [promptId, leg] of snapshot.promptsByLeg) book.prompts.set(promptId, leg);
    book.recorders.clear();
    for (const { recordingId, bridge } of snapshot.recorders) book.recorders.set(recordingId, { bridge, startedAt: undefined });
  };

  return {
    description: { name: 'Asterisk', simulated: false },
    start: async (listener) => {
      onReport = listener;
      let isFirst = true;
      events = await followAriEvents({
        access: options,
        onEvent: take,
        onConnected: () => {
          const again = !isFirst;
          isFirst = false;
          later(learn);
          if (again) later(async () => tell({ type: 'reconnected', at: now() }));
        },
      });
      await inOrder;
    },
    perform: async (operation) => {
      const left = operation.op === 'place' ? book.seats.get(operation.participant)?.bridge : undefined;
      const outcome = await carryOut(around, operation);
      if (operation.op === 'drop-bridge' || operation.op === 'take-out') lookAfterRecorders(operation.bridge);
      if (left !== undefined) lookAfterRecorders(left);
      return outcome;
    },
    snapshot: async () => {
      const { promptsByLeg: _, ...snapshot } = await takeSnapshot(ari, app);
      return snapshot;
    },
    recordingLength: async (recordingId) => {
      if (book.recorders.has(recordingId)) return undefined;
      return recordingLength(recordingId);
    },
    [Symbol.asyncDispose]: async () => {
      onReport = undefined;
      await events?.[Symbol.asyncDispose]();
      await inOrder;
    },
  };
};
