import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  LogController,
  fastify,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from '../logging/logger.ts';
import type { SignIn } from '../access/sign-in.ts';
import { requireRights } from './authentication.ts';
import { answerErrorsAsProblems } from './error-answers.ts';
import { healthRoutes, type Readiness } from './health-routes.ts';
import { answerClientError, answerFrameworkError, refuseOddHeaders } from './malformed-requests.ts';
import { observeRequests } from './request-telemetry.ts';
import { trustOnly } from './trusted-proxies.ts';
import { validateWithTypeBox } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Makes no span and no log line; `unless refused`: but one when it is refused. */
    quiet?: boolean | 'unless refused';
  }
}

/** A Fastify server whose routes get their types from TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Logger,
  TypeBoxTypeProvider
>;

export interface HttpServerOptions {
  readonly name: string;
  readonly version: string;
  /** One sentence for the OpenAPI page. */
  readonly description?: string;
  readonly logger: Logger;
  readonly ready: () => Readiness;
  /** Aborted while the process stops; `/health/ready` then says so. */
  readonly stopping?: AbortSignal;
  /** How it is proved who asks: all routes but health and docs ask for a right. */
  readonly signIn: SignIn;
  /** Addresses and networks of proxies, by commas, whose `X-Forwarded-*` is believed; default: nobody's. */
  readonly trustedProxies?: string;
  /** Largest body in bytes; default 256 KiB. */
  readonly bodyLimit?: number;
  /** Longest time in ms for a request to arrive; a quarter more for its answer to be made. Default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * The HTTP server of a service, with health, OpenAPI page at `/docs`, problem details and limits; closed but
 * for health and docs. Routes are added to it, then `listenOn`.
 * @throws one sentence when `trustedProxies` names something that is no address
 */
export const createHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const server: HttpServer = fastify({
    ...limitsOf(options),
    ...answersOf(options),
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.removeContentTypeParser('text/plain');
  validateWithTypeBox(server);
  answerErrorsAsProblems(server);
  observeRequests(server);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    done();
  });
  refuseOddHeaders(server);
  takeNoBodyForNone(server);
  requireRights(server, options.signIn);
  await describeApi(server, options);
  healthRoutes(server, () => (options.stopping?.aborted === true ? 'stopping' : options.ready()));
  return server;
};

/** Many clients name the type of a body in every request, also of a `DELETE` that has none. */
const takeNoBodyForNone = (server: HttpServer): void => {
  server.addHook('onRequest', (request, _reply, done) => {
    const { headers, method } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (method === 'DELETE' && !hasBody) delete headers['content-type'];
    done();
  });
};

const limitsOf = ({ bodyLimit = 262_144, timeoutMs = 30_000 }: HttpServerOptions) => ({
  bodyLimit,
  requestTimeout: timeoutMs,
  // Later, so that a request that arrives too slowly is told so, and not that the service is slow.
  handlerTimeout: Math.ceil(timeoutMs * 1.25),
  connectionTimeout: 60_000,
  keepAliveTimeout: 30_000,
  return503OnClosing: true,
  forceCloseConnections: 'idle' as const,
  // Once more: a server of Node.js that was made without the limit does not keep it.
  http: {
    requireHostHeader: false,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.ceil(timeoutMs / 10),
  },
});

const answersOf = ({ logger, trustedProxies = '' }: HttpServerOptions) => ({
  loggerInstance: logger,
  logController: new LogController({ disableRequestLogging: true }),
  // Ids from outside are not taken over: they would go unchecked into the log.
  requestIdHeader: false as const,
  genReqId: () => randomUUID(),
  trustProxy: trustOnly(trustedProxies),
  clientErrorHandler: answerClientError,
  frameworkErrors: answerFrameworkError,
});

const describeApi = async (
  server: HttpServer,
  { name, version, description }: HttpServerOptions,
): Promise<void> => {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Earshot ${name}`, version, ...(description === undefined ? {} : { description }) },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
    },
  });
  await server.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true, quiet: true };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
};

/** Starts to listen and returns the base URL, with the port it got. @throws one sentence when it is taken */
export const listenOn = async (
  server: HttpServer,
  { HOST: host, PORT: port }: { readonly HOST: string; readonly PORT: number },
): Promise<string> => {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new Error(
        `Port ${port} on ${host} is taken by another program; set PORT to a free one, or to 0.`,
        { cause: error },
      );
    if (code === 'EACCES')
      throw new Error(`Port ${port} on ${host} may not be used by this user; set PORT to one above 1023.`, {
        cause: error,
      });
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
      throw new Error(
        `HOST is ${host}, which is no address of this machine; set it to one, or to 0.0.0.0 for all.`,
        {
          cause: error,
        },
      );
    throw error;
  }
};
