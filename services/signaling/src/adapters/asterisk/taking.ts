import type { SwitchOperation, SwitchReport } from '../../domain/switch.ts';
import type { AriChannel, AriEvent } from './ari-types.ts';
import type { Book } from './book.ts';
import { instantOf, isRungByUs, snoopedBy, type Door } from './legs-on-asterisk.ts';
import { passKey } from './operations.ts';
import type { Overtaking } from './overtaking.ts';
import type { Performing } from './performing.ts';
import type { RecorderEnds } from './recorder-lengths.ts';
import { admit, reportsOf } from './reports.ts';
import type { TurningAway } from './turning-away.ts';

export interface TakingOptions {
  readonly book: Book;
  readonly door: Door;
  readonly turnAway: TurningAway['turnAway'];
  readonly overtaking: Overtaking;
  readonly recorders: RecorderEnds;
  readonly performing: Performing;
  readonly tell: (report: SwitchReport) => void;
}

/** What a late event shows was asked for before it was taken away. */
const oppositeOfLate = (event: AriEvent): SwitchOperation | undefined => {
  if (event.type === 'RecordingStarted') return { op: 'stop-recorder', recordingId: event.recording.name };
  return event.type === 'StasisStart' && isRungByUs(event.channel.id)
    ? { op: 'hang-up', leg: event.channel.id }
    : undefined;
};

/** Tells what Asterisk's events mean, and does at once what cannot wait for anybody's decision. */
export const createTaking = (options: TakingOptions) => {
  const { book, door, turnAway, overtaking, recorders, performing, tell } = options;

  const letIn = (channel: AriChannel): void => {
    const arrival = admit(book, channel, door, performance.now());
    if (typeof arrival === 'string') turnAway(channel.id, arrival);
    else if (arrival) tell(arrival);
  };

  return {
    letIn,
    take: (event: AriEvent): void => {
      const isArrival =
        event.type === 'StasisStart' &&
        snoopedBy(event.channel) === undefined &&
        !isRungByUs(event.channel.id);
      if (isArrival) letIn(event.channel);
      if (event.type === 'RecordingFinished')
        void recorders.ended(event.recording.name, instantOf(event.timestamp));
      const seat = 'channel' in event ? book.seats.get(event.channel.id) : undefined;
      for (const report of reportsOf(event, book)) {
        tell(report);
        if (report.type === 'leg-gone') recorders.lookAfter(seat?.bridge);
      }
      // What was asked for without an answer may happen after it was taken away: then it is taken away again.
      const late = oppositeOfLate(event);
      if (late && overtaking.count(late) > 0) void performing.takeAway(late);
      if (event.type === 'ChannelDtmfReceived')
        void passKey(performing.around('act'), event.channel.id, event.digit, event.duration_ms);
    },
  };
};
