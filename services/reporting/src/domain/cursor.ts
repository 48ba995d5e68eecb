/**
 * Place in the export: behind the row with this `updated_at` (ms since 1970), last changed by the commit with this sequence, with this id.
 * `tailAt` (ms since 1970) is set when that row was the last there was, and tells when it was read.
 */
export interface Cursor {
  readonly updatedAt: number;
  readonly sequence: number;
  readonly id: number;
  readonly tailAt: number | null;
}

/** The cursor as clients carry it, without knowing what it says. */
export const writeCursor = ({ updatedAt, sequence, id, tailAt }: Cursor): string =>
  [updatedAt, sequence, id, ...(tailAt === null ? [] : [tailAt])].map((part) => part.toString(36)).join('-');

/** Reads what `writeCursor` wrote; undefined for anything else. */
export const readCursor = (text: string): Cursor | undefined => {
  if (!/^[0-9a-z]{1,11}(-[0-9a-z]{1,11}){2,3}$/.test(text)) return undefined;
  const [updatedAt = 0, sequence = 0, id = 0, tailAt = null] = text.split('-').map((part) => parseInt(part, 36));
  const all = [updatedAt, sequence, id, tailAt ?? 0];
  return all.every(Number.isSafeInteger) && updatedAt <= 8.64e15 ? { updatedAt, sequence, id, tailAt } : undefined;
};

/**
 * True when a client that has just read the last row asks again at once. It is then told that this was the end, even if rows have
 * changed since; else a client that stops only at an empty page never stops while calls are running. It gets them when it polls.
 */
export const asksTooSoon = (cursor: Cursor, now: number, pauseMs: number): boolean =>
  cursor.tailAt !== null && now >= cursor.tailAt && now - cursor.tailAt < pauseMs;
