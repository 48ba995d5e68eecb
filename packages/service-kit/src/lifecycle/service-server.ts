import type { Instant, ServiceName } from '@earshot/contracts';
import type { Marks, SettingsView } from '@earshot/event-log';
import { apiTokens } from '../access/api-token.ts';
import { oidcTokens } from '../access/oidc.ts';
import { anyOf, environmentToken, type SignIn } from '../access/sign-in.ts';
import { noteTokenUses } from '../access/token-uses.ts';
import { whoAsksRoute } from '../access/who-asks-route.ts';
import type { BaseConfig } from '../config/config-schema.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../http/http-server.ts';
import type { StartContext } from './run-service.ts';

type ServerContext = Omit<StartContext<BaseConfig>, 'telemetry'>;

/** Where the API tokens are, and where it is noted that they were used. */
export interface AccessStore {
  readonly settings: Pick<SettingsView, 'get'>;
  readonly marks: Marks;
}

/** Every way in which callers of a service's API may prove who they are, as its configuration says. */
export const signInOf = (
  { name, config, logger }: Pick<ServerContext, 'name' | 'config' | 'logger'>,
  { settings, marks }: AccessStore,
): SignIn => {
  const now = (): Instant => new Date().toISOString();
  const used = noteTokenUses({ service: name as ServiceName, marks, now, logger });
  const { API_TOKEN, OIDC_ISSUER, OIDC_AUDIENCE } = config;
  const ways = [environmentToken(API_TOKEN), apiTokens({ settings, now, used })];
  if (API_TOKEN === undefined && OIDC_ISSUER === undefined)
    logger.warn(
      'Neither API_TOKEN nor OIDC_ISSUER is set: nobody gets in but with API tokens that were made before',
    );
  if (OIDC_ISSUER === undefined) return anyOf(...ways);
  if (OIDC_AUDIENCE === undefined)
    throw new Error(
      'OIDC_ISSUER is set, and OIDC_AUDIENCE is not: set it to what the provider names as the audience of tokens for Earshot.',
    );
  const provider = oidcTokens({
    issuer: OIDC_ISSUER,
    audience: OIDC_AUDIENCE,
    keysUrl: config.OIDC_JWKS_URL,
    rolesClaim: config.OIDC_ROLES_CLAIM,
    extensionClaim: config.OIDC_EXTENSION_CLAIM,
    nameClaim: config.OIDC_NAME_CLAIM,
  });
  return anyOf(...ways, provider);
};

/** The HTTP server of the process that a service starts in. @throws what `createHttpServer` throws */
export const createServiceServer = async (
  { name, version, logger, stopping, config }: ServerContext,
  about: Required<Pick<HttpServerOptions, 'ready' | 'description' | 'signIn'>>,
): Promise<HttpServer> => {
  const server = await createHttpServer({
    name,
    version,
    logger,
    stopping,
    trustedProxies: config.TRUSTED_PROXIES,
    ...about,
  });
  whoAsksRoute(server);
  return server;
};
