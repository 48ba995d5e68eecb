import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { HttpProblem } from '@earshot/service-kit';
import type { Projector } from '../adapters/projector.ts';

const Status = Type.Object({
  active: Type.Boolean({ description: 'This process projects; otherwise it stands by' }),
  sequence: Type.Integer({ description: 'Last message of CALLS whose outcome is in the rows, as far as this process wrote it' }),
});

/** Where the projection stands, and how to throw it away and build it again. */
export const projectionRoutes = async (server: FastifyInstance, { projector }: { readonly projector: Projector }): Promise<void> => {
  server.get('/projection', { schema: { tags: ['projection'], summary: 'How far the rows have come', response: { 200: Status } } }, async () => projector.status);
  server.post('/projection/rebuild', {
    schema: { tags: ['projection'], summary: 'Throw the rows away and build the same ones again from the log', response: { 202: Status } },
  }, async (_request, reply) => {
    if (!projector.rebuild()) throw new HttpProblem(409, 'This process stands by; ask the one that is active.');
    return reply.code(202).send(projector.status);
  });
};
