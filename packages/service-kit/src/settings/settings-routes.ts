import {
  servedKinds,
  settingsOwners,
  settingsSchemas,
  type SettingsKind,
  type SettingsValue,
} from '@earshot/contracts';
import {
  ConflictError,
  LogUnavailableError,
  type Setting,
  type SettingsLog,
  type SettingsView,
} from '@earshot/event-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { principalOf } from '../http/authentication.ts';
import type { HttpServer } from '../http/http-server.ts';
import { HttpProblem, ProblemDetails, problemType, tryAgainLater } from '../http/problem.ts';
import type { Problem } from '../schema/problems.ts';
import { idSchemaOf } from './setting-ids.ts';
import { entityTag, expectedVersionOf } from './setting-versions.ts';

export interface SettingsRoutesOptions {
  /** Service whose kinds are served, by `settingsOwners`. */
  readonly owner: (typeof settingsOwners)[SettingsKind];
  readonly settings: SettingsLog;
  readonly view: SettingsView;
  /** What a value that fits its schema still gets wrong, for instance with regard to other settings. */
  readonly check?: (kind: SettingsKind, id: string, value: SettingsValue<SettingsKind>) => readonly Problem[];
}

const problem = (description: string) => ({
  description,
  content: { [problemType]: { schema: ProblemDetails } },
});

/** Adds `GET`, `PUT` and `DELETE` under `/settings/<kind>` for every kind that the owner has. A change is answered when this service sees it itself. */
export const settingsRoutes = (server: HttpServer, options: SettingsRoutesOptions): void => {
  const kinds = servedKinds.filter((kind) => settingsOwners[kind] === options.owner);
  for (const kind of kinds) routesOf(server, kind, options);
};

interface WithId {
  Params: { id: string };
}

/** What all routes of one kind share. */
const kindOf = (kind: SettingsKind) => ({
  Id: Type.Object({ id: idSchemaOf(kind) }),
  Answer: Type.Object({
    id: Type.String(),
    version: Type.Integer({ description: 'Version of the value, for If-Match' }),
    exportId: Type.Integer({ description: 'Integer id in exports; it never changes' }),
    value: settingsSchemas[kind],
  }),
});

const about = { tags: ['settings'] };
const reading = { right: 'settings:read' } as const;
const changing = { right: 'settings:write' } as const;
const refusals = {
  400: problem('The id or the request is malformed'),
  404: problem('There is no such setting'),
  412: problem('The version in If-Match does not stand any more'),
};

const shown = ({ id, version, exportId, value }: Setting<SettingsKind>) => ({ id, version, exportId, value });
const send = (reply: FastifyReply, setting: Setting<SettingsKind>): FastifyReply =>
  reply.header('etag', entityTag(setting.version)).send(shown(setting));

const found = (view: SettingsView, kind: SettingsKind, id: string): Setting<SettingsKind> => {
  const setting = view.get(kind, id);
  if (setting === undefined) throw new HttpProblem(404, `There is no such setting among the ${kind}.`);
  return setting;
};

/** Writes a setting, and waits until this service sees it. */
const writing =
  (kind: SettingsKind, { settings, view }: SettingsRoutesOptions) =>
  async (request: FastifyRequest<WithId>, value: SettingsValue<SettingsKind> | null): Promise<void> => {
    const expectedVersion = expectedVersionOf(request.headers['if-match']);
    const expected = expectedVersion === undefined ? {} : { expectedVersion };
    try {
      const actor = principalOf(request).name;
      const { version } = await settings.put(kind, request.params.id, value, { actor, ...expected });
      await view.reached(version);
    } catch (error) {
      if (error instanceof ConflictError)
        throw new HttpProblem(
          expectedVersion === undefined ? 409 : 412,
          'The setting was changed meanwhile. Read it again, then decide again.',
        );
      if (error instanceof LogUnavailableError)
        throw tryAgainLater('The log does not answer; nothing was changed. Try again in a moment.');
      throw error;
    }
  };

const routesOf = (server: HttpServer, kind: SettingsKind, options: SettingsRoutesOptions): void => {
  const { view } = options;
  const { Id, Answer } = kindOf(kind);
  server.get(
    `/settings/${kind}`,
    { config: reading, schema: { ...about, summary: `All ${kind}`, response: { 200: Type.Array(Answer) } } },
    () => view.all(kind).map(shown),
  );
  const response = { 200: Answer, 400: refusals[400], 404: refusals[404] };
  server.get<WithId>(
    `/settings/${kind}/:id`,
    { config: reading, schema: { ...about, summary: `One of the ${kind}`, params: Id, response } },
    (request, reply) => send(reply, found(view, kind, request.params.id)),
  );
  addPut(server, kind, options);
  addDelete(server, kind, options);
};

const addPut = (server: HttpServer, kind: SettingsKind, options: SettingsRoutesOptions): void => {
  const { view, check = () => [] } = options;
  const { Id, Answer } = kindOf(kind);
  const write = writing(kind, options);
  const response = {
    200: Answer,
    201: Answer,
    400: refusals[400],
    409: problem('It was changed at the same time'),
    412: refusals[412],
    422: problem('A field is not right; `errors` names it'),
  };
  const summary = `Sets one of the ${kind}, whole`;
  server.put<WithId & { Body: SettingsValue<SettingsKind> }>(
    `/settings/${kind}/:id`,
    { config: changing, schema: { ...about, summary, params: Id, body: settingsSchemas[kind], response } },
    async (request, reply) => {
      const { id } = request.params;
      const errors = check(kind, id, request.body);
      if (errors.length > 0) throw new HttpProblem(422, 'The setting does not fit.', { errors: [...errors] });
      const isKnown = view.get(kind, id) !== undefined;
      await write(request, request.body);
      return send(reply.code(isKnown ? 200 : 201), found(view, kind, id));
    },
  );
};

const addDelete = (server: HttpServer, kind: SettingsKind, options: SettingsRoutesOptions): void => {
  const write = writing(kind, options);
  const response = { 204: Type.Null({ description: 'Removed' }), ...refusals };
  server.delete<WithId>(
    `/settings/${kind}/:id`,
    {
      config: changing,
      schema: { ...about, summary: `Removes one of the ${kind}`, params: kindOf(kind).Id, response },
    },
    async (request, reply) => {
      found(options.view, kind, request.params.id);
      await write(request, null);
      return reply.code(204).send();
    },
  );
};
