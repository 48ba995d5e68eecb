import { roles, type Principal, type Role } from '@earshot/contracts';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { HttpProblem } from '../http/problem.ts';
import { actorOf, type Refusal, type SignIn } from './sign-in.ts';

export interface OidcOptions {
  /** The provider, as its tokens name it (`iss`). */
  readonly issuer: string;
  /** What tokens for us name as their audience (`aud`). */
  readonly audience: string;
  /** Where the provider's keys are; undefined: where its discovery document says. */
  readonly keysUrl: string | undefined;
  /** Claims, with dots for what is nested, as `realm_access.roles` of Keycloak. */
  readonly rolesClaim: string;
  readonly extensionClaim: string;
  readonly nameClaim: string;
}

/** Signatures that anybody can check and the provider alone can make: no shared secrets, and never none. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How far the clocks of two machines may be apart, in seconds. */
const clockTolerance = 30;
const answerWithinMs = 5_000;

const jwtForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The provider's keys as it publishes them (OpenID Connect Discovery 1.0, RFC 7517); fetched when first needed, and again for a new key. */
const providerKeys = ({ issuer, keysUrl }: OidcOptions): (() => Promise<JWTVerifyGetKey>) => {
  let found: Promise<JWTVerifyGetKey> | undefined;
  const discover = async (): Promise<JWTVerifyGetKey> => {
    if (keysUrl !== undefined) return createRemoteJWKSet(new URL(keysUrl));
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(answerWithinMs) });
    const document = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    if (document.issuer !== issuer || typeof document.jwks_uri !== 'string')
      throw new TypeError(`${address} is not the discovery document of ${issuer}`);
    return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: answerWithinMs });
  };
  return () => {
    found ??= discover().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
};

const claimOf = (payload: JWTPayload, path: string): unknown => {
  // A claim may have dots in its name, as those that are addresses have.
  if (path in payload) return payload[path];
  let value: unknown = payload;
  for (const part of path.split('.'))
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  return value;
};

const rolesIn = (claim: unknown): readonly Role[] => {
  const given: readonly unknown[] =
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return roles.filter((role) => given.includes(role));
};

const principalOf = (payload: JWTPayload, options: OidcOptions): Principal => {
  const extension = claimOf(payload, options.extensionClaim);
  const names = [claimOf(payload, options.nameClaim), payload.sub];
  const name = names.find((one): one is string => typeof one === 'string' && one !== '');
  return {
    name: actorOf(name ?? ''),
    roles: rolesIn(claimOf(payload, options.rolesClaim)),
    extension: typeof extension === 'string' && /^[0-9]{2,8}$/.test(extension) ? extension : null,
  };
};

const refusalOf = (error: unknown): Refusal | undefined => {
  if (error instanceof errors.JWTExpired) return { refused: 'This access token has run out.' };
  // Its signature is genuine: claims are looked at after it.
  if (error instanceof errors.JWTClaimValidationFailed)
    return {
      refused: `This access token is not for this API: its claim ${error.claim} is not the one asked for.`,
    };
  const isWrong = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
  if (isWrong && error.code !== 'ERR_JOSE_GENERIC') return undefined;
  throw new HttpProblem(
    503,
    'The identity provider does not tell its keys, so that no access token can be checked. Try again in a moment.',
  );
};

/** Access tokens of an OpenID Connect provider (RFC 9068: signed JWTs), checked with the keys that it publishes. */
export const oidcTokens = (options: OidcOptions): SignIn => {
  const { issuer, audience } = options;
  const keys = providerKeys(options);
  return async ({ token }) => {
    if (!jwtForm.test(token)) return undefined;
    try {
      const checks = { issuer, audience, algorithms, clockTolerance, requiredClaims: ['exp'] };
      const { payload } = await jwtVerify(token, await keys(), checks);
      return principalOf(payload, options);
    } catch (error) {
      return refusalOf(error);
    }
  };
};
