import type { FastifyRequest } from 'fastify';
import type { Viewer } from '../domain/current-calls/visibility.ts';

/** Says who looks at the list of current calls. */
export type ViewerOf = (request: FastifyRequest) => Viewer;

/** Whoever has the token of the API sees all calls. */
export const viewerOf: ViewerOf = () => ({ seesAll: true, extension: null });
