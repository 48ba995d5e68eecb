import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CallsPage, ExportError, LegsPage, type ExportedCall, type ExportedLeg } from '@earshot/contracts';
import type { From, Page } from '../adapters/read-page.ts';
import { asksTooSoon, writeCursor } from '../domain/cursor.ts';
import type { CallRow, LegRow } from '../domain/rows.ts';
import { wireCallOf } from '../domain/wire-call.ts';
import { wireLegOf } from '../domain/wire-leg.ts';
import { unixSeconds } from '../domain/wire-values.ts';
import { readerOf, type Reader } from './authenticate.ts';
import { ExportRefusal, noSuchPath, notAllowed, notAuthenticated, tooManyRequests } from './export-error.ts';
import { readExportQuery } from './export-query.ts';
import { publicAddress } from './public-address.ts';
import { rateLimit } from './rate-limit.ts';

export interface ExportOptions {
  readonly readers: readonly Reader[];
  /** Scheme and host for next_page; undefined: as the client sees us. */
  readonly publicBase?: string | undefined;
  /** Requests per minute and reader; null: no limit. */
  readonly requestsPerMinute: number | null;
  /** How long (ms) after the last row a client that asks again at once is told that this was the end. 0: never. */
  readonly tailPauseMs: number;
  readonly readCalls: (from: From, limit: number) => Promise<Page<CallRow>>;
  readonly readLegs: (from: From, limit: number) => Promise<Page<LegRow>>;
}

type ExportRow = Pick<CallRow, 'id' | 'updated_at' | 'changed_sequence'>;
interface Envelope { readonly count: number; readonly end_time: number; readonly next_page: string }

/** One page with its envelope: the rules of paging, whatever the rows are. */
const pageOf = async <Row extends ExportRow>(
  request: FastifyRequest, options: ExportOptions, read: (from: From, limit: number) => Promise<Page<Row>>,
): Promise<{ readonly rows: readonly Row[]; readonly envelope: Envelope }> => {
  const [path = '', search = ''] = request.url.split('?', 2);
  const base = publicAddress(request, options.publicBase);
  const query = readExportQuery(new URLSearchParams(search));
  const now = Date.now();
  const pause = 'after' in query.from && asksTooSoon(query.from.after, now, options.tailPauseMs);
  const { rows, more } = pause ? { rows: [], more: false } : await read(query.from, query.limit);
  const last = rows.at(-1);
  // The same URL again: clients that stop at a URL they have seen stop here, and those that poll have their place.
  if (last === undefined) return { rows, envelope: { count: 0, end_time: query.startTime, next_page: `${base}${request.url}` } };
  const endTime = unixSeconds(last.updated_at);
  const after = writeCursor({
    updatedAt: Date.parse(last.updated_at), sequence: last.changed_sequence, id: last.id ?? 0, tailAt: more ? null : now,
  });
  const size = query.asked === null ? '' : `&${query.asked.name}=${query.asked.value}`;
  return { rows, envelope: { count: rows.length, end_time: endTime, next_page: `${base}${path}?start_time=${endTime}&after=${after}${size}` } };
};

const answerRefusal = (reply: FastifyReply, refusal: ExportRefusal): FastifyReply => {
  if (refusal.retryAfter !== undefined) void reply.header('Retry-After', String(refusal.retryAfter));
  return reply.code(refusal.status).send({ error: refusal.error, description: refusal.message });
};

/** The incremental export, wire-compatible with Zendesk Talk, with and without `.json`. A Fastify plugin; encapsulated, so its errors are its own. */
export const exportRoutes = async (server: FastifyInstance, options: ExportOptions): Promise<void> => {
  const allowanceOf = rateLimit(options.requestsPerMinute);

  server.setErrorHandler((error, request, reply) => {
    if (error instanceof ExportRefusal) return answerRefusal(reply, error);
    request.log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'the export failed');
    return answerRefusal(reply, new ExportRefusal(500, 'InternalError', 'The export failed; try again.'));
  });

  server.addHook('onRequest', async (request, reply) => {
    const reader = readerOf(request.headers.authorization, options.readers);
    if (reader === undefined) throw notAuthenticated();
    if (!reader.mayRead) throw notAllowed();
    const allowance = allowanceOf(reader.email, Date.now());
    if (allowance.limit !== null) {
      void reply.headers({ 'X-Rate-Limit': String(allowance.limit), 'X-Rate-Limit-Remaining': String(allowance.remaining) });
    }
    if (!allowance.allowed) throw tooManyRequests(allowance.retryAfter);
  });

  const errors = { '4xx': ExportError, '5xx': ExportError };
  // The export has its own sign-in, so the token of the other routes is not asked for.
  const own = { open: true };
  const base = '/api/v2/channels/voice';
  for (const suffix of ['', '.json']) {
    server.get(`${base}/stats/incremental/calls${suffix}`, { config: own, schema: { tags: ['export'], summary: 'Calls changed since a time', response: { 200: CallsPage, ...errors } } }, async (request) => {
      const { rows, envelope } = await pageOf(request, options, options.readCalls);
      return { calls: rows.map((row): ExportedCall => wireCallOf(row)), ...envelope };
    });
    server.get(`${base}/stats/incremental/legs${suffix}`, { config: own, schema: { tags: ['export'], summary: 'Legs changed since a time', response: { 200: LegsPage, ...errors } } }, async (request) => {
      const { rows, envelope } = await pageOf(request, options, options.readLegs);
      return { legs: rows.map((row): ExportedLeg => wireLegOf(row)), ...envelope };
    });
  }
  server.all(`${base}/*`, { config: own, schema: { hide: true } }, async () => { throw noSuchPath(); });
};
