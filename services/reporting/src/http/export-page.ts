import { afterWalk, walkOf, writeCursor, type Cursor, type Head } from '../domain/cursor.ts';
import { unixSeconds } from '../domain/wire-values.ts';
import { readExportQuery, type ExportQuery } from './export-query.ts';
import { placeOf, type ReadRendered } from './rendered-page.ts';

/** All of a page but its rows. */
export interface Envelope {
  readonly count: number;
  readonly end_time: number;
  readonly next_page: string;
}

export interface PageOptions {
  /** Scheme and host for next_page. */
  readonly base: string;
  /**
   * How long (ms) after the last page of a walk the same request is answered in the same way; 0: the
   * end of a walk is not told.
   */
  readonly pauseMs: number;
  readonly now: number;
  readonly readHead: () => Promise<Head>;
  readonly read: ReadRendered;
}

const urlOf = (
  base: string,
  path: string,
  startTime: number,
  cursor: Cursor,
  { asked }: ExportQuery,
): string =>
  `${base}${path}?start_time=${startTime}&after=${writeCursor(cursor)}${asked === null ? '' : `&${asked.name}=${asked.value}`}`;

/**
 * One page: the rules of paging, whatever the rows are. A walk ends where the rows stood when it began, so it
 * ends however slow its reader is and however much changes meanwhile; what changed comes with the next walk.
 */
export const readExportPage = async (
  url: string,
  { base, pauseMs, now, readHead, read }: PageOptions,
): Promise<{ readonly json: Buffer; readonly envelope: Envelope }> => {
  const [path = '', search = ''] = url.split('?', 2);
  const query = readExportQuery(new URLSearchParams(search));
  const { cursor, startTime, limit } = query;
  const walk = cursor === null ? null : walkOf(cursor, now);
  const end = walk?.end ?? (await readHead());
  const { json, count, last, more } = await read(
    cursor === null ? { startTime } : { after: cursor.place },
    end,
    limit,
  );
  if (last === undefined) {
    const next = cursor === null || walk === null ? cursor : afterWalk(cursor, now, pauseMs);
    // The same URL again: clients that stop at a URL they have seen stop here, and those that poll have their
    // place.
    const nextPage =
      next === null || next === cursor ? `${base}${url}` : urlOf(base, path, startTime, next, query);
    return { json, envelope: { count, end_time: startTime, next_page: nextPage } };
  }
  const next: Cursor = { place: placeOf(last), walk: !more && pauseMs === 0 ? null : { end, at: now } };
  const endTime = unixSeconds(last.updated_at);
  return { json, envelope: { count, end_time: endTime, next_page: urlOf(base, path, endTime, next, query) } };
};
