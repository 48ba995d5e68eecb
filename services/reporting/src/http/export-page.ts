import type { From } from '../adapters/read-page.ts';
import { afterWalk, walkOf, writeCursor, type Cursor, type Head } from '../domain/cursor.ts';
import type { CallRow, LegRow } from '../domain/rows.ts';
import { unixSeconds } from '../domain/wire-values.ts';
import { readExportQuery, type ExportQuery } from './export-query.ts';

/** What every exported row has for paging. */
export type ExportRow = Pick<CallRow | LegRow, 'id' | 'updated_at' | 'changed_sequence'>;

/** Rows in export order: from a place on, up to where the walk ends. */
export type ReadRows<Row> = (from: From, end: Head, limit: number) => Promise<readonly Row[]>;

/** The rest of a page. */
export interface Envelope {
  readonly count: number;
  readonly end_time: number;
  readonly next_page: string;
}

export interface PageOptions<Row> {
  /** Scheme and host for next_page. */
  readonly base: string;
  /** How long (ms) after the last page of a walk the same request is answered in the same way; 0: the end of a walk is not told. */
  readonly pauseMs: number;
  readonly now: number;
  readonly readHead: () => Promise<Head>;
  readonly readRows: ReadRows<Row>;
}

const urlOf = (base: string, path: string, startTime: number, cursor: Cursor, { asked }: ExportQuery): string =>
  `${base}${path}?start_time=${startTime}&after=${writeCursor(cursor)}${asked === null ? '' : `&${asked.name}=${asked.value}`}`;

/**
 * One page: the rules of paging, whatever the rows are. A walk ends where the rows stood when it began, so it ends however slow its reader
 * is and however much changes meanwhile; what changed comes with the next walk.
 */
export const readExportPage = async <Row extends ExportRow>(
  url: string, { base, pauseMs, now, readHead, readRows }: PageOptions<Row>,
): Promise<{ readonly rows: readonly Row[]; readonly envelope: Envelope }> => {
  const [path = '', search = ''] = url.split('?', 2);
  const query = readExportQuery(new URLSearchParams(search));
  const { cursor, startTime, limit } = query;
  const walk = cursor === null ? null : walkOf(cursor, now);
  const end = walk?.end ?? await readHead();
  const found = await readRows(cursor === null ? { startTime } : { after: cursor.place }, end, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  if (last === undefined) {
    const next = cursor === null || walk === null ? cursor : afterWalk(cursor, now, pauseMs);
    // The same URL again: clients that stop at a URL they have seen stop here, and those that poll have their place.
    const nextPage = next === null || next === cursor ? `${base}${url}` : urlOf(base, path, startTime, next, query);
    return { rows, envelope: { count: 0, end_time: startTime, next_page: nextPage } };
  }
  const place = { updatedAt: Date.parse(last.updated_at), sequence: last.changed_sequence, id: last.id ?? 0 };
  const isLast = found.length <= limit;
  const next: Cursor = { place, walk: isLast && pauseMs === 0 ? null : { end, at: now } };
  const endTime = unixSeconds(last.updated_at);
  return { rows, envelope: { count: rows.length, end_time: endTime, next_page: urlOf(base, path, endTime, next, query) } };
};
