import { createHash, timingSafeEqual } from 'node:crypto';
import { attributeNames, metricNames } from '@earshot/contracts';
import { metrics } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { HttpServer } from './http-server.ts';
import { HttpProblem } from './problem.ts';
import { createWrongTokens } from './wrong-tokens.ts';

/** Wrong tokens that one address may give within a minute before it is held off. */
export const wrongTokensPerMinute = 10;
/** Addresses whose wrong tokens are remembered: about 100 kB. */
const rememberedAddresses = 1_000;

const challenge = { 'www-authenticate': 'Bearer realm="earshot", Basic realm="earshot", charset="UTF-8"' };
const asksForToken =
  'This API asks for its token, as bearer token or as the password of basic authentication.';
const closed =
  'This API is closed, because no token is set: set API_TOKEN in the environment of this service.';

/**
 * Closes every route but the open ones. With a token they ask for it, as bearer token or as the password of
 * basic authentication, and an address that gives wrong ones is held off; without a token nobody gets in.
 */
export const requireToken = (server: HttpServer, token: string | undefined): void => {
  const expected = token === undefined ? undefined : digest(token);
  const guesses = createWrongTokens({ perMinute: wrongTokensPerMinute, addresses: rememberedAddresses });
  const counter = metrics
    .getMeter('@earshot/service-kit')
    .createCounter(metricNames.wrongTokens, { description: 'Wrong tokens given to the HTTP API' });

  /** @throws HttpProblem 429 when the address is held off, 401 when the token is wrong */
  const check = (request: FastifyRequest, given: string, right: Buffer): void => {
    const address = request.ip;
    const now = performance.now();
    const held = guesses.heldFor(address, now);
    if (held > 0) {
      counter.add(1, { [attributeNames.httpStatus]: 429 });
      throw new HttpProblem(429, 'Too many wrong tokens came from this address.', {
        headers: { 'retry-after': String(held) },
      });
    }
    // Digests have one length, so the comparison takes the same time whatever was given.
    if (timingSafeEqual(digest(given), right)) return;
    guesses.count(address, now);
    counter.add(1, { [attributeNames.httpStatus]: 401 });
    request.log.warn({ address }, 'A wrong token was refused');
    if (guesses.heldFor(address, now) > 0)
      request.log.warn({ address }, 'An address that gave many wrong tokens is held off for a minute');
    throw unauthorised(asksForToken);
  };

  server.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.open === true) return done();
    if (expected === undefined) return done(unauthorised(closed));
    const given = credentialsOf(request)?.token;
    if (given === undefined) return done(unauthorised(asksForToken));
    try {
      check(request, given, expected);
      done();
    } catch (problem) {
      done(problem as HttpProblem);
    }
  });
};

const unauthorised = (detail: string): HttpProblem => new HttpProblem(401, detail, { headers: challenge });

/** Who asks: the user of basic authentication, else `api`; an identifier, the actor of the events. */
export const userOf = (request: FastifyRequest): string => {
  const user = credentialsOf(request)?.user;
  return user !== undefined && /^[\w.@-]{1,64}$/.test(user) ? user : 'api';
};

const credentialsOf = (
  request: FastifyRequest,
): { readonly user?: string; readonly token: string } | undefined => {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return { token: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [user = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return { user, token: password.join(':') };
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
