import compress from '@fastify/compress';
import type { FastifyError, FastifyReply, FastifyRequest, FastifyTypeProviderDefault } from 'fastify';
import { CallsPage, ExportError, LegsPage, attributeNames, metricNames } from '@earshot/contracts';
import { metrics } from '@opentelemetry/api';
import type { HttpServer, SignIn } from '@earshot/service-kit';
import type { Head } from '../domain/cursor.ts';
import type { ExportedCallRow, ExportedLegRow } from '../domain/rows.ts';
import { wireCallOf } from '../domain/wire-call.ts';
import { wireLegOf } from '../domain/wire-leg.ts';
import type { Reader } from './authenticate.ts';
import { ExportRefusal, databaseAway, noSuchPath, refusalOf, tooManyRequests } from './export-error.ts';
import { readExportPage } from './export-page.ts';
import { publicAddress, type PublicAddressOptions } from './public-address.ts';
import { rateLimit } from './rate-limit.ts';
import { readingAhead, rendering, type ReadRendered, type ReadRows } from './rendered-page.ts';
import { signingIn } from './sign-in.ts';

export interface ExportOptions extends PublicAddressOptions {
  readonly readers: readonly Reader[];
  /** Others who may read by their roles. */
  readonly signIn: SignIn;
  /** Requests per minute and reader; null: no limit. */
  readonly requestsPerMinute: number | null;
  /** How long (ms) after the last page of a walk the same request is told again that this was the end. */
  readonly tailPauseMs: number;
  readonly readHead: () => Promise<Head>;
  readonly readCalls: ReadRows<ExportedCallRow>;
  readonly readLegs: ReadRows<ExportedLegRow>;
}

const base = '/api/v2/channels/voice';
/** Its readers know Zendesk's form of signing in and of being refused. */
const own = { right: 'export:read', ownSignIn: true } as const;

const answerRefusal = (reply: FastifyReply, refusal: ExportRefusal): FastifyReply => {
  if (refusal.retryAfter !== undefined) void reply.header('Retry-After', String(refusal.retryAfter));
  return reply.code(refusal.status).send({ error: refusal.error, description: refusal.message });
};

/**
 * SQLSTATE 22 and 42 (and no SQLSTATE at all with a defect of ours) would come again; everything else is
 * a database that is away.
 */
const isAway = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof TypeError) &&
  !('code' in error && /^(22|42)/.test(String(error.code)));

const orAway = async <T>(request: FastifyRequest, reading: Promise<T>): Promise<T> => {
  try {
    return await reading;
  } catch (error) {
    if (!isAway(error)) throw error;
    request.log.error(
      { error: error instanceof Error ? error.name : 'unknown' },
      'the database of the export does not answer',
    );
    throw databaseAway();
  }
};

/** Every request of these paths: errors in Zendesk's form, sign-in, limits. */
const guard = (server: HttpServer, options: ExportOptions): void => {
  const guesses = metrics.getMeter('@earshot/reporting').createCounter(metricNames.wrongTokens, {
    description: 'Wrong tokens and passwords given to the export',
  });
  const readerFrom = signingIn<FastifyRequest>(options.readers, options.signIn, (request, status) => {
    guesses.add(1, { [attributeNames.httpStatus]: status });
    if (status === 401) request.log.warn({ address: request.ip }, 'A wrong token or password was refused');
  });
  const limit = rateLimit(options.requestsPerMinute);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return answerRefusal(reply, refusal);
    request.log.error({ error: error.name }, 'the export failed');
    return answerRefusal(reply, new ExportRefusal(500, 'InternalError', 'The export failed; try again.'));
  });
  server.addHook('onRequest', async (request, reply) => {
    const now = Date.now();
    const allowance = limit.take(await readerFrom(request, now), now);
    if (allowance.limit !== null) {
      void reply.headers({
        'X-Rate-Limit': String(allowance.limit),
        'X-Rate-Limit-Remaining': String(allowance.remaining),
      });
    }
    if (!allowance.allowed) throw tooManyRequests(allowance.retryAfter);
  });
};

/**
 * The incremental export, wire-compatible with Zendesk Talk, with and without `.json`. A Fastify plugin;
 * encapsulated, so its errors are its own.
 */
export const exportRoutes = async (server: HttpServer, options: ExportOptions): Promise<void> => {
  guard(server, options);
  // The fields of a row repeat in each, so the quickest level makes a page forty times smaller.
  await server.register(compress, {
    encodings: ['gzip', 'deflate'],
    threshold: 1024,
    zlibOptions: { level: 1 },
  });
  const schemaOf = <Page>(page: Page, summary: string) => ({
    tags: ['export'],
    summary,
    response: { 200: page, '4xx': ExportError, '5xx': ExportError },
  });
  const kinds = [
    {
      name: 'calls',
      schema: schemaOf(CallsPage, 'Calls changed since a time'),
      read: readingAhead(rendering(options.readCalls, wireCallOf)),
    },
    {
      name: 'legs',
      schema: schemaOf(LegsPage, 'Legs changed since a time'),
      read: readingAhead(rendering(options.readLegs, wireLegOf)),
    },
  ];
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    read: ReadRendered,
  ): Promise<FastifyReply> => {
    const { json, envelope } = await readExportPage(request.url, {
      base: publicAddress(request, options),
      pauseMs: options.tailPauseMs,
      now: Date.now(),
      readHead: () => orAway(request, options.readHead()),
      read: (from, end, limit) => orAway(request, read(from, end, limit)),
    });
    const page = Buffer.concat([
      Buffer.from(`{"${name}":[`),
      json,
      Buffer.from(`],${JSON.stringify(envelope).slice(1)}`),
    ]);
    return reply.type('application/json; charset=utf-8').send(page);
  };
  // The rows come as JSON, which is the form that they are kept in between two pages.
  const plain = server.withTypeProvider<FastifyTypeProviderDefault>();
  for (const { name, schema, read } of kinds) {
    for (const suffix of ['', '.json']) {
      plain.get(
        `${base}/stats/incremental/${name}${suffix}`,
        { config: own, schema },
        async (request, reply) => answer(request, reply, name, read),
      );
    }
  }
  server.all(`${base}/*`, { config: own, schema: { hide: true } }, async () => {
    throw noSuchPath();
  });
};
