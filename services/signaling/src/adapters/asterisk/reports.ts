import { callIdOf, type Instant } from '@earshot/contracts';
import type { Handle, SwitchReport } from '../../domain/switch.ts';
import type { AriChannel, AriEvent, AriPlayback } from './ari-types.ts';
import { goneReasonOf, type Book } from './book.ts';
import type { TurnedAwayBecause } from './outside-callers.ts';
import {
  arrivalOf,
  callerCounted,
  instantOf,
  isRungByUs,
  snoopedBy,
  type Arrival,
  type Door,
} from './legs-on-asterisk.ts';

const legGone = (
  book: Book,
  channel: AriChannel,
  timestamp: string,
  causeOfRinging: number | undefined,
): SwitchReport[] => {
  const handle: Handle = channel.id;
  book.turnedAway.left(handle);
  const known = book.legs.get(handle);
  const isLeg = known !== undefined || (isRungByUs(handle) && snoopedBy(channel) === undefined);
  if (!isLeg || !book.leaves(handle)) return [];
  const wasRinging = isRungByUs(handle) && known?.answered !== true && !book.ended.has(handle);
  const reason = wasRinging && causeOfRinging !== undefined ? goneReasonOf(causeOfRinging) : 'hung_up';
  return [{ type: 'leg-gone', at: instantOf(timestamp), handle, reason }];
};

const answered = (book: Book, handle: Handle, timestamp: string): SwitchReport[] => {
  const leg = book.legs.get(handle);
  if (leg?.answered || book.over.has(handle)) return [];
  book.isThere(handle, { ...leg, answered: true });
  return [{ type: 'leg-answered', at: instantOf(timestamp), handle }];
};

const promptOver = (
  book: Book,
  { id: promptId, state, target_uri }: AriPlayback,
  timestamp: string,
): SwitchReport[] => {
  if (callIdOf(promptId) === undefined || book.over.has(promptId)) return [];
  const leg = target_uri.replace(/^channel:/, '');
  // Asterisk says `done` also of a playback that was stopped, and `failed` of one whose listener left.
  const isCut = book.ended.has(promptId) || book.leaving.has(leg) || book.over.has(leg);
  const outcome = isCut ? 'cut_short' : state === 'failed' ? 'failed' : 'completed';
  book.prompts.delete(promptId);
  book.over.add(promptId);
  return [{ type: 'prompt-ended', at: instantOf(timestamp), promptId, outcome }];
};

/** Reported once, whoever finds out first: the event, or a look at a recorder whose bridge emptied. */
export const recorderStopped = (
  book: Book,
  recordingId: string,
  at: Instant,
  durationMs: number,
): SwitchReport[] => {
  if (callIdOf(recordingId) === undefined || book.over.has(recordingId)) return [];
  book.recorders.delete(recordingId);
  book.over.add(recordingId);
  return [{ type: 'recorder-stopped', at, recordingId, durationMs }];
};

/**
 * Notes an arrival in the book, the first time; undefined when it was told before. One from outside is not noted when that is more
 * than may come; the answer is then the limit that was reached.
 */
export const admit = (
  book: Book,
  channel: AriChannel,
  door: Door,
  nowMs: number,
): Arrival | TurnedAwayBecause | undefined => {
  const arrival = arrivalOf(channel, door);
  if (!arrival || book.arrived.has(channel.id) || book.over.has(channel.id)) return undefined;
  book.arrived.add(channel.id);
  const caller = callerCounted(channel, arrival);
  const mayCome = caller === undefined || book.legs.has(channel.id) || book.outside.mayCome(caller, nowMs);
  if (mayCome !== true) return mayCome;
  book.isThere(channel.id, { answered: channel.state === 'Up', caller });
  return arrival;
};

/**
 * Notes an event in the book and tells what it means in our words. Arrivals (`admit`) and the end of a recorder, whose length has to
 * be asked for, are not told here.
 */
export const reportsOf = (event: AriEvent, book: Book): SwitchReport[] => {
  const at = instantOf(event.timestamp);
  switch (event.type) {
    case 'StasisStart':
      // A leg that we rang enters the application when it is answered, and can be bridged from then on.
      return isRungByUs(event.channel.id) && snoopedBy(event.channel) === undefined
        ? answered(book, event.channel.id, event.timestamp)
        : [];
    case 'ChannelStateChange':
      return event.channel.state === 'Up' && !isRungByUs(event.channel.id) && book.legs.has(event.channel.id)
        ? answered(book, event.channel.id, event.timestamp)
        : [];
    case 'ChannelHangupRequest':
      book.leaving.add(event.channel.id);
      return [];
    case 'StasisEnd':
      return legGone(book, event.channel, event.timestamp, undefined);
    case 'ChannelDestroyed':
      if (snoopedBy(event.channel) !== undefined) book.over.add(event.channel.id);
      return legGone(book, event.channel, event.timestamp, event.cause);
    case 'ChannelDtmfReceived':
      return book.legs.has(event.channel.id)
        ? [
            {
              type: 'key-pressed',
              at,
              downAt: new Date(Date.parse(at) - event.duration_ms).toISOString(),
              handle: event.channel.id,
              key: event.digit,
            },
          ]
        : [];
    case 'PlaybackStarted':
      return callIdOf(event.playback.id) === undefined
        ? []
        : [{ type: 'prompt-started', at, promptId: event.playback.id }];
    case 'PlaybackFinished':
      return promptOver(book, event.playback, event.timestamp);
    case 'RecordingStarted':
      if (callIdOf(event.recording.name) === undefined) return [];
      book.recorders.set(event.recording.name, {
        bridge: event.recording.target_uri.replace(/^bridge:/, ''),
        startedAt: Date.parse(event.timestamp),
      });
      return [{ type: 'recorder-started', at, recordingId: event.recording.name }];
    case 'RecordingFailed':
      if (callIdOf(event.recording.name) === undefined) return [];
      book.recorders.delete(event.recording.name);
      return [
        {
          type: 'recorder-failed',
          at,
          recordingId: event.recording.name,
          reason: event.recording.cause ?? 'the switch could not record',
        },
      ];
    default:
      return [];
  }
};
