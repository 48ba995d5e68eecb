import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { LogController, fastify, type FastifyBaseLogger, type FastifyInstance, type RawReplyDefaultExpression, type RawRequestDefaultExpression, type RawServerDefault } from 'fastify';
import type { Logger } from '../logging/logger.ts';
import { requireToken } from './authentication.ts';
import { answerErrorsAsProblems } from './error-answers.ts';
import { healthRoutes, type Readiness } from './health-routes.ts';
import { observeRequests } from './request-telemetry.ts';
import { validateWithTypeBox } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without the API's token. */
    open?: boolean;
    /** Makes no span and no log line. */
    quiet?: boolean;
  }
}

/** A Fastify server whose routes get their types from TypeBox schemas. */
export type HttpServer = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;

export interface HttpServerOptions {
  readonly name: string;
  readonly version: string;
  /** One sentence for the OpenAPI page. */
  readonly description?: string;
  readonly logger: Logger;
  readonly ready: () => Readiness;
  /** Aborted while the process stops; `/health/ready` then says so. */
  readonly stopping?: AbortSignal;
  /** Token that all routes but health and docs ask for; undefined: none, for loopback only. */
  readonly token?: string | undefined;
  /** Largest body in bytes; default 256 KiB. */
  readonly bodyLimit?: number;
}

/** The HTTP server of a service, with health, OpenAPI page at `/docs`, problem details and limits. Routes are added to it, then `listenOn`. */
export const createHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const server = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // Ids from outside are not taken over: they would go unchecked into the log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    bodyLimit: options.bodyLimit ?? 262_144,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.removeContentTypeParser('text/plain');
  validateWithTypeBox(server as unknown as FastifyInstance);
  answerErrorsAsProblems(server as unknown as FastifyInstance);
  observeRequests(server as unknown as FastifyInstance);
  server.addHook('onRequest', (request, reply, done) => { reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' }); done(); });
  if (options.token !== undefined) requireToken(server as unknown as FastifyInstance, options.token);
  await describeApi(server, options);
  healthRoutes(server as unknown as FastifyInstance, () => (options.stopping?.aborted === true ? 'stopping' : options.ready()));
  return server;
};

const describeApi = async (server: HttpServer, { name, version, description, token }: HttpServerOptions): Promise<void> => {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Earshot ${name}`, version, ...(description === undefined ? {} : { description }) },
      ...(token === undefined ? {} : {
        components: { securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer' }, basic: { type: 'http' as const, scheme: 'basic' } } },
        security: [{ bearer: [] }, { basic: [] }],
      }),
    },
  });
  await server.register(async (docs) => {
    docs.addHook('onRoute', (route) => { route.config = { ...route.config, open: true, quiet: true }; });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
};

/** Starts to listen and returns the base URL, with the port that was taken. @throws when the address is taken, in a sentence */
export const listenOn = async (server: HttpServer, { HOST: host, PORT: port }: { readonly HOST: string; readonly PORT: number }): Promise<string> => {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') throw new Error(`Port ${port} on ${host} is taken by another program; set PORT to a free one, or to 0.`, { cause: error });
    if (code === 'EACCES') throw new Error(`Port ${port} on ${host} may not be used by this user; set PORT to one above 1023.`, { cause: error });
    throw error;
  }
};
