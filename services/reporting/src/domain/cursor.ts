/**
 * A place in the rows: behind the one with this `updated_at` (ms since 1970), last changed by the commit
 * with this sequence, with this id.
 */
export interface Place {
  readonly updatedAt: number;
  readonly sequence: number;
  readonly id: number;
}

/**
 * How far the rows had come at some moment: the newest `updated_at` (ms since 1970), and the last commit
 * that is in them.
 */
export type Head = Pick<Place, 'updatedAt' | 'sequence'>;

/**
 * A walk through the export goes to where the rows stood when it began; `at` (ms since 1970) tells when
 * its newest page was read.
 */
export interface Walk {
  readonly end: Head;
  readonly at: number;
}

/**
 * What `next_page` holds: a place, and the walk that is under way; without one, asking from there begins
 * the next walk.
 */
export interface Cursor {
  readonly place: Place;
  readonly walk: Walk | null;
}

/** The cursor as clients carry it, without knowing what it says. */
export const writeCursor = ({ place, walk }: Cursor): string =>
  [
    place.updatedAt,
    place.sequence,
    place.id,
    ...(walk === null ? [] : [walk.end.updatedAt, walk.end.sequence, walk.at]),
  ]
    .map((part) => part.toString(36))
    .join('-');

const isMoment = (ms: number): boolean => ms <= 8.64e15;

/** Reads what `writeCursor` wrote; undefined for anything else. */
export const readCursor = (text: string): Cursor | undefined => {
  if (!/^[0-9a-z]{1,11}(-[0-9a-z]{1,11}){2}((-[0-9a-z]{1,11}){3})?$/.test(text)) return undefined;
  const parts = text.split('-').map((part) => parseInt(part, 36));
  const [updatedAt = 0, sequence = 0, id = 0, endAt, endSequence = 0, at = 0] = parts;
  if (!parts.every(Number.isSafeInteger) || !isMoment(updatedAt) || !isMoment(endAt ?? 0)) return undefined;
  return {
    place: { updatedAt, sequence, id },
    walk: endAt === undefined ? null : { end: { updatedAt: endAt, sequence: endSequence }, at },
  };
};

/**
 * Longest time (ms) that a reader may take for one page, with a minute's wait for a limit. After it the
 * reader is taken for one that polls, and a walk begins.
 */
const longestPageMs = 2 * 60_000;

/** How far apart two times are (ms): the clock may have been set back since the cursor was written. */
const apart = (at: number, now: number): number => Math.abs(now - at);

/** The walk that a cursor goes on with; null: a new one begins. */
export const walkOf = ({ walk }: Cursor, now: number): Walk | null =>
  walk !== null && apart(walk.at, now) < longestPageMs ? walk : null;

/**
 * What whoever comes to the end of a walk asks for next time. A client that stops at a URL it has seen needs
 * to see the same one again, right away; a client that comes back later begins a new walk from its place.
 */
export const afterWalk = (cursor: Cursor, now: number, pauseMs: number): Cursor =>
  cursor.walk !== null && apart(cursor.walk.at, now) < pauseMs ? cursor : { place: cursor.place, walk: null };
