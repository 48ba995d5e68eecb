import type { AriClient } from './ari-client.ts';
import type { AriChannel } from './ari-types.ts';
import type { Book } from './book.ts';
import { arrivalOf, callerCounted, type Door } from './legs-on-asterisk.ts';
import { noteFound, takeSnapshot } from './snapshot.ts';

/** What was found out about the time in which nothing was told. */
export interface Learnt {
  /** Legs that came meanwhile and are there: nobody will tell of them any more. */
  readonly arrivedUntold: readonly AriChannel[];
  /** Recorders that ran before and run no longer. */
  readonly recordersGone: readonly string[];
}

const callerOf = (channel: AriChannel, door: Door): string | undefined => {
  const arrival = arrivalOf(channel, door);
  return arrival && callerCounted(channel, arrival);
};

/** Notes who was let in by whoever had the switch before us. */
export const noteThere = (book: Book, channels: readonly AriChannel[], door: Door): void => {
  for (const channel of channels)
    book.isThere(channel.id, { answered: channel.state === 'Up', caller: callerOf(channel, door) });
};

/**
 * Brings the book to what is true, after it was not told what happened.
 * @throws Error when the switch does not answer
 */
export const learn = async (ari: AriClient, book: Book, door: Door): Promise<Learnt> => {
  const asked = { recorders: [...book.recorders.keys()], prompts: [...book.prompts.keys()], keysOf: [] };
  const snapshot = await takeSnapshot(ari, door, asked);
  const there = new Set(snapshot.legs.map(({ handle }) => handle));
  for (const handle of [...book.legs.keys()]) if (!there.has(handle)) book.leaves(handle);
  book.turnedAway.onlyThere(there);

  const channelOf = new Map(snapshot.channels.map((channel) => [channel.id, channel]));
  const untold = snapshot.legs
    .filter(({ handle, arrival }) => arrival && !book.legs.has(handle) && !book.turnedAway.has(handle))
    .flatMap(({ handle }) => channelOf.get(handle) ?? []);
  // Who came untold is not in the book before it is said whether that one may come.
  const isUntold = new Set(untold.map(({ id }) => id));
  for (const { handle, state } of snapshot.legs) {
    if (isUntold.has(handle) || book.turnedAway.has(handle)) continue;
    const channel = channelOf.get(handle);
    book.isThere(handle, {
      answered: state === 'answered',
      caller: channel && callerOf(channel, door),
    });
  }

  const seats = new Map(book.seats);
  book.seats.clear();
  for (const { bridge, participants } of snapshot.bridges) {
    // Whose keys may pass is not known to Asterisk; until it is said again, nobody's do.
    for (const participant of participants) {
      const seat = seats.get(participant);
      book.seats.set(participant, seat?.bridge === bridge ? seat : { bridge, keys: 'absorbed' });
    }
  }
  for (const promptId of asked.prompts)
    if (!snapshot.legOfPrompt.has(promptId)) book.prompts.delete(promptId);
  noteFound(book, snapshot);
  const running = new Set(snapshot.recorders.map(({ recordingId }) => recordingId));
  return {
    arrivedUntold: untold,
    recordersGone: asked.recorders.filter((recordingId) => !running.has(recordingId)),
  };
};
