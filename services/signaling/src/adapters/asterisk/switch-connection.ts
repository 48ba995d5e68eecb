import type { SwitchReport } from '../../domain/switch.ts';
import type { AsteriskClock } from './asterisk-clock.ts';
import type { AriClient } from './ari-client.ts';
import { followAriEvents, type AriEvents, type AriEventsOptions } from './ari-events.ts';
import type { AriChannel, AriEvent } from './ari-types.ts';
import type { Book } from './book.ts';
import { learn, noteThere } from './learning.ts';
import { snoopedBy, type Door } from './legs-on-asterisk.ts';
import type { RecorderEnds } from './recorder-lengths.ts';

export interface ConnectionOptions extends Pick<AriEventsOptions, 'access' | 'onProblem'> {
  readonly book: Book;
  readonly clock: AsteriskClock;
  readonly door: Door;
  readonly recorders: RecorderEnds;
  /** For questions of many parts. */
  readonly questions: () => AriClient;
  readonly tell: (report: SwitchReport) => void;
  readonly take: (event: AriEvent) => void;
  /** Takes a caller who came while there was no connection. */
  readonly letIn: (channel: AriChannel) => void;
}

/** Our connection to the events of an Asterisk, from `begin` on, until another process takes it or it is disposed of; it can begin again then. */
export interface SwitchConnection extends AsyncDisposable {
  /** Connects anew. @throws what `AriEvents.first` throws */
  begin(): Promise<void>;
  /** False before `begin`, and since another process has the switch. */
  isOurs(): boolean;
  /** Whether it is known what happened so far, and what happens now. */
  isUsed(): boolean;
  heardAt: AriEvents['heardAt'];
}

export const createSwitchConnection = (options: ConnectionOptions): SwitchConnection => {
  const { access, onProblem, book, clock, door, recorders, questions, tell, take, letIn } = options;
  let events: AriEvents | undefined;
  /** The connection that is being used; undefined while there is none, or it is not known yet what happened before it. */
  let connection: object | undefined;
  /** Events that came before it was known what happened before them. */
  let held: AriEvent[] | undefined;
  let isOurs = false;

  const onLost = (): void => {
    connection = undefined;
    held = undefined;
  };
  const replaced = (): void => {
    isOurs = false;
    onLost();
    void events?.[Symbol.asyncDispose]();
    tell({ type: 'replaced', at: clock.now() });
  };
  const onEvent = (event: AriEvent): void => {
    clock.told(event.timestamp);
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
    clock.connects();
    const learnt = await learn(questions(), book, door);
    if (held !== waiting) throw new Error('the connection was lost again');
    connection = waiting;
    if (isFirst) noteThere(book, learnt.arrivedUntold, door);
    else {
      for (const channel of learnt.arrivedUntold) letIn(channel);
      for (const recordingId of learnt.recordersGone) void recorders.ended(recordingId, undefined);
      tell({ type: 'reconnected', at: clock.now() });
    }
    held = undefined;
    for (const event of waiting) take(event);
  };

  return {
    begin: async () => {
      let isFirst = true;
      isOurs = true;
      const onOpen = async (): Promise<void> => {
        await opened(isFirst);
        isFirst = false;
      };
      events = followAriEvents({ access, onEvent, now: clock.now, onLost, onProblem, onOpen });
      await events.first;
    },
    isOurs: () => isOurs,
    isUsed: () => connection !== undefined,
    heardAt: () => events?.heardAt(),
    [Symbol.asyncDispose]: async () => {
      isOurs = false;
      await events?.[Symbol.asyncDispose]();
    },
  };
};
