import { Role, type Instant, type SettingsValue } from '@earshot/contracts';
import {
  ConflictError,
  LogUnavailableError,
  type Marks,
  type Setting,
  type SettingsLog,
  type SettingsView,
} from '@earshot/event-log';
import {
  HttpProblem,
  ProblemDetails,
  createLastUses,
  makeApiToken,
  principalOf,
  tryAgainLater,
  type HttpServer,
} from '@earshot/service-kit';
import { Type, type Static } from 'typebox';

export interface ApiTokenRoutesOptions {
  readonly settings: SettingsLog;
  readonly view: SettingsView;
  readonly marks: Marks;
  readonly now?: () => Instant;
}

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const ApiToken = Type.Object({
  id: Type.String({ description: 'The part of the token that may be known' }),
  name: Type.String({ description: 'The actor of what is changed with it' }),
  roles: Type.Array(Role),
  extension: nullable('The own extension of whoever has it'),
  createdAt: Type.String(),
  expiresAt: nullable('Until when it holds; null: until it is revoked'),
  revokedAt: nullable('When it was revoked; null: it was not'),
  lastUsedAt: nullable('When it was used last, to a minute; null: never'),
});
const NewApiToken = Type.Object({
  token: Type.String({ description: 'The token itself; it is shown this once, and kept nowhere' }),
  ...ApiToken.properties,
});
const Wanted = Type.Object(
  {
    name: Type.String({
      pattern: '^[\\w.@-]{1,64}$',
      description: 'Who or what will have it: letters, digits and _ . @ -',
    }),
    roles: Type.Array(Role, { minItems: 1, maxItems: 5, uniqueItems: true }),
    extension: Type.Optional(
      Type.Union([Type.String({ pattern: '^[0-9]{2,8}$' }), Type.Null()], {
        description: 'Their own extension',
      }),
    ),
    expiresAt: Type.Optional(
      Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
        description: 'Until when it holds (RFC 3339); left out: until it is revoked',
      }),
    ),
  },
  { additionalProperties: false },
);

const tags = ['access'];
const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });
interface WithId {
  Params: { id: string };
}

/** A moment as RFC 3339 has it, with its offset: without one it would be of the server's own time zone. */
const momentForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
/** The last moment that is written down with a year of four digits, in ms of the epoch. */
const endOfTimeMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const isMomentAfter = (now: Instant, text: string): boolean => {
  const day = text.slice(0, 10);
  const ms = momentForm.test(text) ? Date.parse(text) : Number.NaN;
  // 30 February would be read as a day of March.
  if (Number.isNaN(ms) || new Date(day).toISOString().slice(0, 10) !== day) return false;
  return ms > Date.parse(now) && ms <= endOfTimeMs;
};

/** What a wanted token gets wrong is said by field. @throws HttpProblem 422 */
const check = (view: SettingsView, { extension, expiresAt }: Static<typeof Wanted>, now: Instant): void => {
  const errors = [];
  if (typeof extension === 'string' && view.get('extensions', extension) === undefined)
    errors.push({ field: 'extension', reason: 'is no extension of this tenant' });
  if (typeof expiresAt === 'string' && !isMomentAfter(now, expiresAt))
    errors.push({
      field: 'expiresAt',
      reason: 'must be a moment in the future with its offset, as 2027-01-31T12:00:00Z',
    });
  if (errors.length > 0) throw new HttpProblem(422, 'The token does not fit.', { errors });
};

const away = (what: string): HttpProblem => tryAgainLater(`The log does not answer. ${what}`);

/** Writes a token as it shall stand, and waits until this service sees it. */
const writing =
  ({ settings, view }: ApiTokenRoutesOptions) =>
  async (
    actor: string,
    id: string,
    value: SettingsValue<'api-tokens'>,
    expectedVersion: number,
  ): Promise<void> => {
    try {
      const { version } = await settings.put('api-tokens', id, value, { actor, expectedVersion });
      await view.reached(version);
    } catch (error) {
      if (error instanceof ConflictError)
        throw new HttpProblem(409, 'The token was changed meanwhile. Look at it again.');
      if (error instanceof LogUnavailableError) throw away('Look later whether it was done.');
      throw error;
    }
  };

type Kept = Setting<'api-tokens'>;

const showing = (marks: Marks) => {
  const lastUseOf = createLastUses(marks);
  return async ({ id, value }: Kept): Promise<Static<typeof ApiToken>> => {
    const { name, roles, extension, createdAt, expiresAt, revokedAt } = value;
    const lastUsedAt = await lastUseOf(id).catch(() => {
      throw away('When it was used last is not known.');
    });
    return { id, name, roles, extension, createdAt, expiresAt, revokedAt, lastUsedAt };
  };
};

const foundIn =
  (view: SettingsView) =>
  (id: string): Kept => {
    const kept = view.get('api-tokens', id);
    if (kept === undefined) throw new HttpProblem(404, 'There is no such API token.');
    return kept;
  };

/**
 * API tokens: made, listed and revoked. A token is shown once, when it is made, and kept as its hash; a revoked one stays in
 * the list, so that whoever still has it is told, and is refused by every service as soon as it sees the change.
 */
export const apiTokenRoutes = (server: HttpServer, options: ApiTokenRoutesOptions): void => {
  showRoutes(server, options);
  makeRoute(server, options);
  revokeRoute(server, options);
};

const showRoutes = (server: HttpServer, { view, marks }: ApiTokenRoutesOptions): void => {
  const config = { right: 'tokens:read' } as const;
  const shown = showing(marks);
  const found = foundIn(view);
  server.get(
    '/api-tokens',
    { config, schema: { tags, summary: 'All API tokens', response: { 200: Type.Array(ApiToken) } } },
    () => Promise.all(view.all('api-tokens').map(shown)),
  );
  const response = { 200: ApiToken, 404: ProblemDetails };
  server.get<WithId>(
    '/api-tokens/:id',
    { config, schema: { tags, summary: 'One API token', params: Id, response } },
    ({ params }) => shown(found(params.id)),
  );
};

const nowOf = ({ now = () => new Date().toISOString() }: ApiTokenRoutesOptions): Instant => now();

const makeRoute = (server: HttpServer, options: ApiTokenRoutesOptions): void => {
  const { view } = options;
  const write = writing(options);
  server.post<{ Body: Static<typeof Wanted> }>(
    '/api-tokens',
    {
      config: { right: 'tokens:write' },
      schema: {
        tags,
        summary: 'Makes an API token, and shows it this once',
        body: Wanted,
        response: { 201: NewApiToken, 422: ProblemDetails },
      },
    },
    async (request, reply) => {
      const { name, roles, extension = null, expiresAt: until = null } = request.body;
      const createdAt = nowOf(options);
      check(view, request.body, createdAt);
      const { id, token, hash } = makeApiToken();
      const expiresAt = until === null ? null : new Date(until).toISOString();
      const value = { name, hash, roles, extension, createdAt, expiresAt, revokedAt: null };
      await write(principalOf(request).name, id, value, 0);
      reply.header('cache-control', 'no-store');
      const shown = { id, name, roles, extension, createdAt, expiresAt, revokedAt: null, lastUsedAt: null };
      return reply.code(201).send({ token, ...shown });
    },
  );
};

const revokeRoute = (server: HttpServer, options: ApiTokenRoutesOptions): void => {
  const write = writing(options);
  const response = { 204: Type.Null({ description: 'It opens nothing any more' }), 404: ProblemDetails };
  server.delete<WithId>(
    '/api-tokens/:id',
    {
      config: { right: 'tokens:write' },
      schema: { tags, summary: 'Revokes an API token', params: Id, response },
    },
    async (request, reply) => {
      const { id, value, version } = foundIn(options.view)(request.params.id);
      const actor = principalOf(request).name;
      const revoked = { ...value, revokedAt: nowOf(options) };
      // A token changes in no other way, so that whoever was quicker has revoked it, too.
      if (value.revokedAt === null)
        await write(actor, id, revoked, version).catch((error: unknown) => {
          if (!(error instanceof HttpProblem) || error.status !== 409) throw error;
        });
      return reply.code(204).send();
    },
  );
};
