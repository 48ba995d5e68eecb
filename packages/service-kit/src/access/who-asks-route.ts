import { mayDo, rights, Role, type Right } from '@earshot/contracts';
import { Type } from 'typebox';
import { principalOf } from '../http/authentication.ts';
import type { HttpServer } from '../http/http-server.ts';

const WhoAsks = Type.Object({
  name: Type.String({ description: 'The actor of what is changed by this caller' }),
  roles: Type.Array(Role),
  extension: Type.Union([Type.String(), Type.Null()], { description: 'Their own extension' }),
  rights: Type.Array(Type.String(), { description: 'What these roles may do' }),
});

/** `GET /me`: who asks, and what they may do; for a page that shows no more than that. */
export const whoAsksRoute = (server: HttpServer): void => {
  server.get(
    '/me',
    {
      config: { right: 'self:read' },
      schema: { tags: ['access'], summary: 'Who asks, and what they may do', response: { 200: WhoAsks } },
    },
    (request) => {
      const { name, roles, extension } = principalOf(request);
      const all = Object.keys(rights) as Right[];
      return { name, roles: [...roles], extension, rights: all.filter((right) => mayDo(roles, right)) };
    },
  );
};
