import { HttpProblem, principalOf } from '@earshot/service-kit';
import type { FastifyRequest } from 'fastify';
import type { Viewer } from '../domain/current-calls/visibility.ts';

/** Who looks at the list of current calls. @throws HttpProblem 403 when they could never see one */
export const viewerOf = (request: FastifyRequest): Viewer => {
  const { roles, extension } = principalOf(request);
  const seesAll = roles.includes('admin');
  if (!seesAll && extension === null)
    throw new HttpProblem(
      403,
      'Your token names no extension, so you supervise nobody and see no call. Have one made with your extension.',
    );
  return { seesAll, extension };
};
