import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';

/** Makes every route but the open ones ask for a token: as bearer token, or as the password of basic authentication. */
export const requireToken = (server: FastifyInstance, token: string): void => {
  const expected = digest(token);
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.open === true) return done();
    const given = credentialsOf(request)?.token;
    // Digests have one length, so the comparison takes the same time whatever was given.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return done();
    done(new HttpProblem(401, 'This API asks for its token, as bearer token or as the password of basic authentication.', {
      headers: { 'www-authenticate': 'Bearer realm="earshot", Basic realm="earshot", charset="UTF-8"' },
    }));
  });
};

/** Who asks: the user of basic authentication, else `api`. Only an identifier; it stands in events as their actor. */
export const userOf = (request: FastifyRequest): string => {
  const user = credentialsOf(request)?.user;
  return user !== undefined && /^[\w.@-]{1,64}$/.test(user) ? user : 'api';
};

const credentialsOf = (request: FastifyRequest): { readonly user?: string; readonly token: string } | undefined => {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return { token: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [user = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return { user, token: password.join(':') };
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
