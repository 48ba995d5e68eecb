import { Type, type Static, type TSchema } from 'typebox';
import { HttpProblem, type HttpServer } from '@earshot/service-kit';
import type { Projector } from '../adapters/projector.ts';

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const place = Type.Integer({ description: 'Sequence of a message of CALLS' });

const RebuildStatus = Type.Object({
  state: Type.Enum(['building', 'built', 'switching', 'done', 'failed']),
  sequence: Type.Integer({ description: 'Last message that is in the new rows' }),
  of: Type.Integer({ description: 'The message up to which they will go' }),
  changed: nullable(Type.Integer({ description: 'Rows that readers get anew' })),
  removed: nullable(Type.Integer({ description: 'Rows that are gone' })),
  problem: nullable(Type.String()),
});

const Unreadable = Type.Object(
  {
    count: Type.Integer(),
    newest: Type.Array(Type.Object({ sequence: place, reason: Type.String() }), {
      description: 'The newest 20',
    }),
  },
  { description: 'Messages of the log that are in no row, and why' },
);

const Status = Type.Object({
  active: Type.Boolean({ description: 'This process projects; otherwise it stands by' }),
  sequence: Type.Integer({
    description: 'Last message of CALLS whose outcome is in the rows, as far as this process wrote it',
  }),
  problem: nullable(Type.String({ description: 'Why the rows do not follow the log' })),
  rebuild: nullable(RebuildStatus),
  unreadable: nullable(Unreadable),
});

export interface ProjectionRoutesOptions {
  readonly projector: Pick<Projector, 'status' | 'rebuild'>;
  readonly readUnreadable: () => Promise<Static<typeof Unreadable>>;
}

/** Where the projection stands, and how to have the rows built anew. */
export const projectionRoutes = async (
  server: HttpServer,
  { projector, readUnreadable }: ProjectionRoutesOptions,
): Promise<void> => {
  const status = async (): Promise<Static<typeof Status>> => ({
    ...projector.status,
    unreadable: await readUnreadable().catch(() => null),
  });
  server.get(
    '/projection',
    {
      config: { right: 'projection:read' },
      schema: {
        tags: ['projection'],
        summary: 'How far the rows have come, and what is in none',
        response: { 200: Status },
      },
    },
    status,
  );
  server.post(
    '/projection/rebuild',
    {
      config: { right: 'projection:rebuild' },
      schema: {
        tags: ['projection'],
        summary: 'Build the rows anew from the log, beside those that are read, and put them in their place',
        response: { 202: Status },
      },
    },
    async (_request, reply) => {
      if (!projector.rebuild())
        throw new HttpProblem(409, 'This process stands by; ask the one that is active.');
      return reply.code(202).send(await status());
    },
  );
};
