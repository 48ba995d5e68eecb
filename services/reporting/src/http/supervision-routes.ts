import { CallId, SupervisionLife, listenedMs, type Instant, type Principal } from '@earshot/contracts';
import {
  HttpProblem,
  ProblemDetails,
  principalOf,
  problemType,
  tryAgainLater,
  type HttpServer,
} from '@earshot/service-kit';
import { Type, type Static } from 'typebox';
import type { AfterSupervision, SupervisionsWanted } from '../adapters/read-supervisions.ts';

export interface SupervisionRoutesOptions {
  readonly read: (wanted: Omit<SupervisionsWanted, 'tenant'>) => Promise<readonly SupervisionLife[]>;
  readonly now: () => Instant;
}

const milliseconds = Type.Integer({ minimum: 0 });
const extension = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[0-9]{2,8}$', description }));
const moment = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+(Z|[+-]\\d{2}:\\d{2})$',
      maxLength: 40,
      description,
    }),
  );

const Wanted = Type.Object({
  call: Type.Optional(CallId),
  supervisor: extension('Extension that supervised'),
  agent: extension('Extension that was to be supervised'),
  from: moment('Asked for then or later (RFC 3339)'),
  to: moment('Asked for before (RFC 3339)'),
  after: Type.Optional(
    Type.String({
      pattern: '^[0-9TZ:.-]{24}_[0-9a-z-]{1,80}$',
      description: 'Where the page before ended: its `next`',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: 'Most of one page; default 100' }),
  ),
});

const Supervision = Type.Object({
  ...SupervisionLife.properties,
  listenedMs: Type.Object(
    { spy: milliseconds, whisper: milliseconds, barge: milliseconds },
    { description: 'How long they listened in each mode, in ms; of one that goes on, until now' },
  ),
});
const Page = Type.Object({
  supervisions: Type.Array(Supervision),
  next: Type.Union([Type.String(), Type.Null()], { description: 'For `after`; null: this is the end' }),
});

const instantOf = (field: string, text: string | undefined): Instant | undefined => {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new HttpProblem(422, `The moment in ${field} does not exist.`, {
    errors: [{ field, reason: 'must be a moment that exists, as 2027-01-31T12:00:00Z' }],
  });
};

const placeOf = (next: string | undefined): AfterSupervision | undefined => {
  const requestedAt = instantOf('after', next?.slice(0, 24));
  return next === undefined || requestedAt === undefined ? undefined : { requestedAt, id: next.slice(25) };
};

/** Whose supervisions somebody may read: undefined, everybody's; who is neither administrator nor auditor their own. */
const supervisorsFor = (
  { roles, extension: own }: Principal,
  asked: string | undefined,
): readonly string[] | undefined => {
  if (roles.includes('admin') || roles.includes('auditor')) return asked === undefined ? undefined : [asked];
  return own !== null && (asked === undefined || asked === own) ? [own] : [];
};

const shown = (life: SupervisionLife, now: Instant): Static<typeof Supervision> => ({
  ...life,
  listenedMs: listenedMs(life, now),
});

/** The record of listening: who supervised whom, or asked to, through which door, why not, and for how long in each mode. */
export const supervisionRoutes = async (
  server: HttpServer,
  { read, now }: SupervisionRoutesOptions,
): Promise<void> => {
  const description =
    'In the order in which they were asked for. Administrators and auditors see all, supervisors their own.';
  const problem = (about: string) => ({
    description: about,
    content: { [problemType]: { schema: ProblemDetails } },
  });
  server.get<{ Querystring: Static<typeof Wanted> }>(
    '/supervisions',
    {
      config: { right: 'supervisions:read' },
      schema: {
        ...{ tags: ['supervisions'], summary: 'The supervisions of a call, a supervisor, an agent, a time' },
        ...{ description, querystring: Wanted },
        response: {
          200: Page,
          400: problem('A field is malformed; `errors` names it'),
          422: problem('A moment does not exist'),
          503: problem('The database does not answer'),
        },
      },
    },
    async (request, reply) => {
      const { call, supervisor, agent, from, to, after, limit = 100 } = request.query;
      const supervisors = supervisorsFor(principalOf(request), supervisor);
      const between = { from: instantOf('from', from), to: instantOf('to', to), after: placeOf(after) };
      const wanted = { callId: call, supervisors, agent, ...between };
      const found = await read({ ...wanted, limit: limit + 1 }).catch((error: unknown) => {
        request.log.error({ err: error }, 'The supervisions could not be read');
        throw tryAgainLater('The database does not answer. Try again in a moment.');
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const next = found.length > limit && last ? `${last.requestedAt}_${last.legId}` : null;
      return reply.send({ supervisions: page.map((life) => shown(life, now())), next });
    },
  );
};
