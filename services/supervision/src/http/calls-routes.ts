import { pipeline } from 'node:stream';
import { CurrentCallsPage } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import {
  ProblemDetails,
  mayStill,
  principalOf,
  problemType,
  requireStill,
  tryAgainLater,
  type HttpServer,
} from '@earshot/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { CallRecord } from '../current-calls/call-list.ts';
import type { CurrentCalls } from '../current-calls/follow-current-calls.ts';
import { idOf, placeOf, type Place } from '../current-calls/place.ts';
import type { ShownCalls } from '../current-calls/shown-calls.ts';
import type { Caller, NoSeat } from '../current-calls/viewers.ts';
import { Viewing } from '../current-calls/viewing.ts';
import type { Viewer } from '../domain/current-calls/visibility.ts';
import { CallsQuery, StreamQuery, isAskedFor } from './calls-query.ts';
import { viewerOf } from './viewer.ts';

/** How long a process may take to come to a place that a viewer has already seen at another, in ms. */
const catchUpMs = 2_000;
/** Changes that a process may be behind another and be waited for: more than come in that time. */
const catchUpChanges = 5_000;

export interface CallsRoutesOptions {
  /** Undefined while the calls of the log are being read. */
  current(): CurrentCalls | undefined;
  readonly settings: SettingsView;
}

const problem = (description: string) => ({
  description,
  content: { [problemType]: { schema: ProblemDetails } },
});
const refusals = {
  400: problem('A part of the query is malformed; `errors` names it'),
  503: problem('The list is not known to be current, or this process has as many streams as it serves'),
};

/** Adds `GET /calls` and `GET /calls/stream`: the calls that run, for whoever may see them (docs/product.md 1.5). */
export const callsRoutes = (server: HttpServer, options: CallsRoutesOptions): void => {
  listRoute(server, options);
  streamRoute(server, options);
  // Before the server waits for its connections to end: a stream ends by nothing else.
  server.addHook('preClose', async () => options.current()?.viewers[Symbol.dispose]());
};

/** The list, when it is known to be current. @throws HttpProblem 503 */
const currentOf = async ({ current }: CallsRoutesOptions): Promise<CurrentCalls> => {
  const known = current();
  if (!known) throw tryAgainLater('The calls of the log are being read. Try again in a moment.');
  const { currency } = known.calls;
  if (currency.problem() !== null) await currency.lookAgain();
  const why = currency.problem();
  if (why === null) return known;
  const asOf = currency.asOf();
  const since = asOf === null ? '' : ` It stands as of ${asOf}.`;
  throw tryAgainLater(`The list is not known to be current: ${why}.${since} Try again in a moment.`);
};

const listRoute = (server: HttpServer, options: CallsRoutesOptions): void => {
  const { settings } = options;
  const schema = {
    tags: ['calls'],
    summary: 'The calls that run now, the oldest first',
    querystring: CallsQuery,
    response: { 200: CurrentCallsPage, ...refusals },
  };
  server.get<{ Querystring: CallsQuery }>(
    '/calls',
    { config: { right: 'calls:read' }, schema },
    async (request, reply) => {
      const { calls } = await currentOf(options);
      const { query } = request;
      const viewer = viewerOf(request);
      const found = new Viewing(calls, viewer, undefined)
        .visible()
        .filter(({ callId, call }) => callId > (query.after ?? '') && isAskedFor(call, query, settings))
        .toSorted((one, other) => (one.callId < other.callId ? -1 : 1));
      return reply
        .type('application/json')
        .header('cache-control', 'no-store')
        .send(pageOf(calls, viewer, found, query.limit));
    },
  );
};

const pageOf = (calls: ShownCalls, viewer: Viewer, found: readonly CallRecord[], limit: number): string => {
  const page = found.slice(0, limit);
  const head = JSON.stringify({
    id: idOf(calls.place(), viewer),
    asOf: calls.currency.asOf(),
    next: found.length > limit ? (page.at(-1)?.callId ?? null) : null,
  });
  return `${head.slice(0, -1)},"calls":[${page.map((record) => calls.json(record)).join(',')}]}`;
};

const streamRoute = (server: HttpServer, options: CallsRoutesOptions): void => {
  const events = Type.String({
    description: 'Server-sent events: snapshot, changes, behind, current (docs/guides/current-calls.md)',
  });
  const schema = {
    tags: ['calls'],
    summary:
      'The calls that run now, then each change; goes on after Last-Event-ID, or after the id in the query',
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) }),
    querystring: StreamQuery,
    response: {
      200: {
        description: 'Ends when the service stops',
        content: { 'text/event-stream': { schema: events } },
      },
      ...refusals,
    },
  };
  // It lasts for hours: a span and a log line when it ends would say nothing, and an answer to HEAD would not end.
  server.get(
    '/calls/stream',
    { schema, config: { right: 'calls:read', quiet: 'unless refused' }, exposeHeadRoute: false },
    async (request, reply) => {
      const viewer = viewerOf(request);
      const { calls, viewers } = await currentOf(options);
      const seat = viewers.take(callerOf(request));
      if (typeof seat === 'string') throw tryAgainLater(noSeat[seat]);
      try {
        const id = request.headers['last-event-id'] ?? request.query.after;
        const place = id === undefined ? undefined : placeOf(id);
        if (place && mayBeReached(calls, place)) await seat.waits(() => isReached(calls, place), catchUpMs);
        // The token may have been revoked meanwhile; from when the seat was taken on, a revocation ends it.
        await requireStill(request);
        if (seat.hasEnded) throw tryAgainLater('The service stops. Ask another process.');
        const stream = seat.open(new Viewing(calls, viewer, place));
        begin(reply);
        pipeline(stream, reply.raw, () => {});
      } catch (error) {
        seat.end();
        throw error;
      }
    },
  );
};

const noSeat: Readonly<Record<NoSeat, string>> = {
  'all are taken':
    'This process serves as many streams of current calls as it may. Close some, or ask another process.',
  'the caller has enough':
    'You have as many streams of current calls at this process as one caller may. Close some of yours.',
};

const callerOf = (request: FastifyRequest): Caller => {
  const { name, until } = principalOf(request);
  return {
    name,
    until: until === undefined ? Infinity : Date.parse(until),
    hasGone: () => request.raw.socket.destroyed,
    mayStay: () => mayStill(request),
  };
};

/** Whether the list stands at least where the viewer has already been, at another process; or never will. */
const isReached = (calls: ShownCalls, place: Place): boolean => {
  const now = calls.place();
  return now.log !== place.log || (now.calls >= place.calls && now.settings >= place.settings);
};

/** Whether it is worth to wait for a place: nobody has been at one that is far ahead. */
const mayBeReached = (calls: ShownCalls, place: Place): boolean => {
  const now = calls.place();
  return place.calls - now.calls <= catchUpChanges && place.settings - now.settings <= catchUpChanges;
};

/** The head of the answer: from here on the stream has the connection, without the time limit of an answer. */
const begin = (reply: FastifyReply): void => {
  reply.hijack();
  const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  reply.raw.writeHead(200, {
    ...Object.fromEntries(headers),
    'content-type': 'text/event-stream; charset=utf-8',
    // Neither kept, nor compressed or collected on the way.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  reply.raw.write('retry: 1000\n\n');
};
