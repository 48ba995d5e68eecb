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

/**
 * Brings the book to what is true, after it was not told what happened.
 * @throws Error when the switch does not answer
 */
export const learn = async (ari: AriClient, book: Book, door: Door): Promise<Learnt> => {
  const asked = { recorders: [...book.recorders.keys()], prompts: [...book.prompts.keys()] };
  const snapshot = await takeSnapshot(ari, door, asked);
  const there = new Set(snapshot.legs.map(({ handle }) => handle));
  for (const handle of [...book.legs.keys()]) if (!there.has(handle)) book.leaves(handle);

  const channelOf = new Map(snapshot.channels.map((channel) => [channel.id, channel]));
  const untold = snapshot.legs
    .filter(({ handle, arrival }) => arrival && !book.legs.has(handle))
    .flatMap(({ handle }) => channelOf.get(handle) ?? []);
  for (const { handle, state } of snapshot.legs) {
    const channel = channelOf.get(handle);
    const arrival = channel && arrivalOf(channel, door);
    if (!book.turnedAway.has(handle)) {
      book.legs.set(handle, {
        answered: state === 'answered',
        caller: channel && arrival ? callerCounted(channel, arrival) : undefined,
      });
    }
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
