import {
  attributeNames,
  mayDo,
  metricNames,
  rights,
  roles,
  type Principal,
  type Right,
} from '@earshot/contracts';
import { metrics } from '@opentelemetry/api';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { credentialsOf, isRefusal, type SignIn } from '../access/sign-in.ts';
import type { HttpServer } from './http-server.ts';
import { HttpProblem } from './problem.ts';
import { createWrongTokens } from './wrong-tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers whoever asks. */
    open?: boolean;
    /** The right that a route asks for; every route names one, or is open. */
    right?: Right;
    /** The route signs its callers in itself, in the form that they expect. */
    ownSignIn?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; null at an open route. */
    principal: Principal | null;
  }
  interface FastifyInstance {
    /** See {@link mayStill}. */
    mayStill(request: FastifyRequest): Promise<boolean>;
  }
}

/** Wrong tokens that one address may give within a minute before it is held off. */
export const wrongTokensPerMinute = 10;
/** Addresses whose wrong tokens are remembered: about 100 kB. */
const rememberedAddresses = 1_000;

const challenge = { 'www-authenticate': 'Bearer realm="earshot", Basic realm="earshot", charset="UTF-8"' };
const asksForToken =
  'Sign in with a token, as bearer token or as the password of basic authentication: an API token (an administrator makes it at /api-tokens of supervision), an access token of the identity provider that OIDC_ISSUER names, or the token that API_TOKEN sets in the environment of this service.';

const unauthorised = (detail: string): HttpProblem => new HttpProblem(401, detail, { headers: challenge });

/** Who asks. @throws HttpProblem 429 when the address is held off, 401 when what it gives proves nothing */
const signingIn = (signIn: SignIn): ((request: FastifyRequest) => Promise<Principal>) => {
  const guesses = createWrongTokens({ perMinute: wrongTokensPerMinute, addresses: rememberedAddresses });
  const counter = metrics
    .getMeter('@earshot/service-kit')
    .createCounter(metricNames.wrongTokens, { description: 'Wrong tokens given to the HTTP API' });
  const holdOff = (address: string): void => {
    const held = guesses.heldFor(address, performance.now());
    if (held === 0) return;
    counter.add(1, { [attributeNames.httpStatus]: 429 });
    throw new HttpProblem(429, 'Too many wrong tokens came from this address.', {
      headers: { 'retry-after': String(held) },
    });
  };
  const countGuess = (request: FastifyRequest, address: string): void => {
    const now = performance.now();
    guesses.count(address, now);
    counter.add(1, { [attributeNames.httpStatus]: 401 });
    request.log.warn({ address }, 'A wrong token was refused');
    if (guesses.heldFor(address, now) > 0)
      request.log.warn({ address }, 'An address that gave many wrong tokens is held off for a minute');
  };
  return async (request) => {
    const { ip: address } = request;
    const credentials = credentialsOf(request.headers.authorization);
    if (credentials === undefined) throw unauthorised(asksForToken);
    holdOff(address);
    const result = await signIn(credentials);
    // What others from there tried meanwhile counts: many guesses side by side are not let through.
    holdOff(address);
    if (result !== undefined && !isRefusal(result)) return result;
    if (result !== undefined) throw unauthorised(result.refused);
    countGuess(request, address);
    throw unauthorised(asksForToken);
  };
};

/** @throws HttpProblem 403 that names the right which is missing */
const requireRight = ({ roles: has }: Principal, right: Right): void => {
  if (mayDo(has, right)) return;
  const { meaning, roles: who } = rights[right];
  const yours = has.length === 0 ? 'you have no role' : `yours: ${has.join(', ')}`;
  throw new HttpProblem(
    403,
    `The right ${right} is missing: to ${meaning}. Roles that have it: ${who.join(', ')}; ${yours}.`,
  );
};

/** What the OpenAPI page says of the right that a route asks for. */
const describeRight = (route: RouteOptions, right: Right): void => {
  const { roles: who } = rights[right];
  const whom = who.length === roles.length ? 'whoever is signed in' : who.join(', ');
  route.schema = {
    ...route.schema,
    description: [route.schema?.description, `Needs the right \`${right}\`: ${whom}.`]
      .filter(Boolean)
      .join(' '),
    ...{ 'x-right': right },
  };
};

/**
 * Closes every route but the open ones: each names the right that it asks for, and a route that names none keeps the server
 * from starting. Whoever proves nothing is told 401, whoever lacks the right 403 with its name, and an address that gives
 * wrong tokens is held off.
 */
export const requireRights = (server: HttpServer, signIn: SignIn): void => {
  const principalFrom = signingIn(signIn);
  const routes: RouteOptions[] = [];
  server.decorateRequest('principal', null);
  server.decorate('mayStill', async ({ headers, routeOptions: { config } }) => {
    const credentials = credentialsOf(headers.authorization);
    const result = credentials === undefined ? undefined : await signIn(credentials);
    return (
      result !== undefined &&
      !isRefusal(result) &&
      (config.right === undefined || mayDo(result.roles, config.right))
    );
  });
  server.addHook('onRoute', (route) => {
    routes.push(route);
    if (route.config?.right !== undefined) describeRight(route, route.config.right);
  });
  server.addHook('onReady', (done) => {
    const unnamed = routes.find(({ config }) => config?.open !== true && config?.right === undefined);
    done(
      unnamed &&
        new Error(`The route ${String(unnamed.method)} ${unnamed.url} names no right, and is not open.`),
    );
  });
  server.addHook('onRequest', async (request) => {
    const { open, right, ownSignIn } = request.routeOptions.config;
    if (open === true || ownSignIn === true) return;
    request.principal = await principalFrom(request);
    if (right !== undefined) requireRight(request.principal, right);
  });
};

/**
 * Whether whoever asked would be let in now: for an answer that goes on for hours, while tokens run out and are revoked. When it
 * cannot be told, because the identity provider is away, the answer is no.
 */
export const mayStill = (request: FastifyRequest): Promise<boolean> =>
  request.server.mayStill(request).catch(() => false);

/** Lets go on who would still be let in, after something was waited for. @throws HttpProblem 401 */
export const requireStill = async (request: FastifyRequest): Promise<void> => {
  if (!(await mayStill(request)))
    throw unauthorised('Your token was revoked, ran out, or lost its right while you waited.');
};

/** Who asks, at a route that is not open. */
export const principalOf = ({ principal }: FastifyRequest): Principal => {
  if (principal === null) throw new TypeError('This route is open: nobody has to say who they are.');
  return principal;
};
