import type { From } from '../adapters/read-page.ts';
import type { Head } from '../domain/cursor.ts';
import type { ExportedCallRow, ExportedLegRow } from '../domain/rows.ts';

/** What every exported row has for paging. */
export type ExportRow = Pick<ExportedCallRow | ExportedLegRow, 'id' | 'updated_at' | 'changed_sequence'>;

/** Rows in export order: from a place on, up to where the walk ends. */
export type ReadRows<Row> = (from: From, end: Head, limit: number) => Promise<readonly Row[]>;

/** The rows of one page as they go over the wire: JSON, separated by commas. */
export interface RenderedRows {
  readonly json: Buffer;
  readonly count: number;
  readonly last: ExportRow | undefined;
  /** Whether there were more rows when these were read. */
  readonly more: boolean;
}

export type ReadRendered = (from: From, end: Head, limit: number) => Promise<RenderedRows>;

/** Reads rows and brings them into Zendesk's form. */
export const rendering =
  <Row extends ExportRow>(read: ReadRows<Row>, wireOf: (row: Row) => object): ReadRendered =>
  async (from, end, limit) => {
    const found = await read(from, end, limit + 1);
    const rows = found.slice(0, limit);
    const json = Buffer.from(JSON.stringify(rows.map((row) => wireOf(row))).slice(1, -1));
    return { json, count: rows.length, last: rows.at(-1), more: found.length > limit };
  };

/**
 * Pages kept for readers to come back for, about a megabyte each, for how long (ms), and how many of one
 * reader.
 */
const mostAhead = 16;
const aheadMs = 2000;
const ofOneReader = 2;

/**
 * Reads and renders the pages after a full one while its reader is still busy with that one, and PostgreSQL
 * with the next: a walk takes half the time. A page that nobody asks for is forgotten. What changes in
 * between is behind the end of the walk, and so comes with the next walk.
 */
export const readingAhead = (read: ReadRendered): ReadRendered => {
  const ahead = new Map<string, { readonly page: Promise<RenderedRows>; readonly until: number }>();
  const keyOf = (from: From, end: Head, limit: number): string => JSON.stringify([from, end, limit]);
  const prepare = (from: From, end: Head, limit: number): Promise<RenderedRows> => {
    const now = performance.now();
    const key = keyOf(from, end, limit);
    const prepared = ahead.get(key);
    if (prepared !== undefined && prepared.until >= now) return prepared.page;
    for (const [old, { until }] of ahead) if (until < now || ahead.size >= mostAhead) ahead.delete(old);
    const page = read(from, end, limit);
    page.catch(() => ahead.delete(key));
    ahead.set(key, { page, until: now + aheadMs });
    return page;
  };
  const prepareAfter = ({ last, more }: RenderedRows, end: Head, limit: number, pages: number): void => {
    if (!more || last === undefined || pages === 0) return;
    prepare({ after: placeOf(last) }, end, limit).then(
      (page) => prepareAfter(page, end, limit, pages - 1),
      () => undefined,
    );
  };
  return async (from, end, limit) => {
    const key = keyOf(from, end, limit);
    const prepared = ahead.get(key);
    ahead.delete(key);
    const page = await (prepared !== undefined && prepared.until >= performance.now()
      ? prepared.page
      : read(from, end, limit));
    prepareAfter(page, end, limit, ofOneReader);
    return page;
  };
};

/** The place behind a row. */
export const placeOf = ({ updated_at, changed_sequence, id }: ExportRow) => ({
  updatedAt: Date.parse(updated_at),
  sequence: changed_sequence,
  id: id ?? 0,
});
