import { readCursor, type Cursor } from '../domain/cursor.ts';
import { invalidValue } from './export-error.ts';

/** The page size that connectors rely on: one of them stops at the first page with fewer rows. */
export const fullPage = 1000;

/** What a request asks for. */
export interface ExportQuery {
  readonly cursor: Cursor | null;
  readonly startTime: number;
  readonly limit: number;
  /** Page size to repeat in next_page; null when it is the usual one. */
  readonly asked: { readonly name: 'per_page' | 'limit'; readonly value: number } | null;
}

const askedSize = (query: URLSearchParams): ExportQuery['asked'] => {
  for (const name of ['per_page', 'limit'] as const) {
    const text = query.get(name) ?? '';
    const value = /^\d{1,4}$/.test(text) ? Number(text) : fullPage;
    if (value >= 1 && value < fullPage) return { name, value };
  }
  return null;
};

/**
 * Reads the query of an export request. Parameters that are not known are ignored, as is a page size that cannot be honoured.
 * @throws ExportRefusal (422) without a start_time, or with a start_time or a cursor that was never handed out.
 */
export const readExportQuery = (query: URLSearchParams): ExportQuery => {
  const text = query.get('start_time');
  if (text === null) throw invalidValue('start_time is missing: a Unix time in seconds');
  const startTime = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(startTime))
    throw invalidValue(
      `start_time must be a Unix time in whole seconds, from 0 to ${Number.MAX_SAFE_INTEGER}`,
    );
  const asked = askedSize(query);
  const limit = asked?.value ?? fullPage;
  const cursorText = query.get('after');
  const cursor = cursorText === null ? null : readCursor(cursorText);
  if (cursor === undefined)
    throw invalidValue(
      'after is not a position that this export handed out; start again with start_time alone',
    );
  return { cursor, startTime, limit, asked };
};
