import { randomBytes } from 'node:crypto';
import { environmentToken } from '../../access/sign-in.ts';
import { createLogger } from '../../logging/logger.ts';
import { createHttpServer, type HttpServerOptions } from '../http-server.ts';

/** Whoever has it is let in. */
export const token = randomBytes(24).toString('base64url');

/** A server that is ready, and every line that it logs. */
export const createLoggedServer = async (options: Partial<HttpServerOptions>) => {
  const lines: string[] = [];
  const server = await createHttpServer({
    name: 'test',
    version: '1.0.0',
    logger: createLogger({
      service: 'test',
      instance: 'one',
      into: { write: (line) => void lines.push(line) },
    }),
    ready: () => true,
    signIn: environmentToken(token),
    ...options,
  });
  return { server, lines };
};
