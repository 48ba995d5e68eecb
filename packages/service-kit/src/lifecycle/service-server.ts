import { createHttpServer, type HttpServer, type HttpServerOptions } from '../http/http-server.ts';
import type { StartContext } from './run-service.ts';

/** What every service's configuration says about its API. */
interface ApiConfig {
  readonly API_TOKEN?: string | undefined;
  readonly TRUSTED_PROXIES: string;
}

/** The HTTP server of the process that a service starts in. @throws what `createHttpServer` throws */
export const createServiceServer = (
  { name, version, logger, stopping, config }: Omit<StartContext<ApiConfig>, 'telemetry'>,
  about: Required<Pick<HttpServerOptions, 'ready' | 'description'>>,
): Promise<HttpServer> =>
  createHttpServer({
    name,
    version,
    logger,
    stopping,
    token: config.API_TOKEN,
    trustedProxies: config.TRUSTED_PROXIES,
    ...about,
  });
