import { principalOf } from '@earshot/service-kit';
import type { FastifyRequest } from 'fastify';
import type { Viewer } from '../domain/current-calls/visibility.ts';

/** Who looks at the list of current calls. */
export const viewerOf = (request: FastifyRequest): Viewer => {
  const { roles, extension } = principalOf(request);
  return { seesAll: roles.includes('admin'), extension };
};
