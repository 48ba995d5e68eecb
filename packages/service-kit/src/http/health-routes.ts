import { Type } from 'typebox';
import type { HttpServer } from './http-server.ts';

/** True when requests and calls can be taken; otherwise why not. */
export type Readiness = boolean | string;

/** `GET /health/live`: the process answers. `GET /health/ready`: it can do its work; 503 with the reason when not. */
export const healthRoutes = (server: HttpServer, ready: () => Readiness): void => {
  const Health = Type.Object({ status: Type.String(), reasons: Type.Optional(Type.Array(Type.String())) });
  const route = { config: { open: true, quiet: true } };
  server.get(
    '/health/live',
    {
      ...route,
      schema: { tags: ['health'], summary: 'Whether the process answers', response: { 200: Health } },
    },
    () => ({ status: 'live' }),
  );
  server.get(
    '/health/ready',
    {
      ...route,
      schema: {
        tags: ['health'],
        summary: 'Whether the service can do its work',
        response: { 200: Health, 503: Health },
      },
    },
    (_request, reply) => {
      const state = ready();
      if (state === true) return { status: 'ready' };
      reply.code(503);
      return { status: 'not ready', reasons: [state === false ? 'still starting' : state] };
    },
  );
};
