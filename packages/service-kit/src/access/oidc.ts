import { roles, type Principal, type Role } from '@earshot/contracts';
import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions, type LocalJWKSet } from 'jose';
import { HttpProblem } from '../http/problem.ts';
import { providerKeys, type ProviderKeysOptions } from './provider-keys.ts';
import { actorOf, type Refusal, type SignIn } from './sign-in.ts';

export interface OidcOptions extends ProviderKeysOptions {
  /** What tokens for us name as their audience (`aud`). */
  readonly audience: string;
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
const jwtForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

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

/** An extension, also of a provider that keeps it as a number. */
const extensionIn = (claim: unknown): string | null => {
  const text = Number.isSafeInteger(claim) ? String(claim) : claim;
  return typeof text === 'string' && /^[0-9]{2,8}$/.test(text) ? text : null;
};

/** The last moment that can be written down, in ms. */
const endOfTimeMs = Date.UTC(9999, 11, 31);

/** Until when a token is taken, clocks that differ counted in. */
const untilOf = ({ exp = Infinity }: JWTPayload): Pick<Principal, 'until'> => {
  const ms = (exp + clockTolerance) * 1000;
  return ms < endOfTimeMs ? { until: new Date(ms).toISOString() } : {};
};

const principalOf = (payload: JWTPayload, options: OidcOptions): Principal => {
  const names = [claimOf(payload, options.nameClaim), payload.sub];
  const name = names.find((one): one is string => typeof one === 'string' && one !== '');
  return {
    name: actorOf(name ?? ''),
    roles: rolesIn(claimOf(payload, options.rolesClaim)),
    extension: extensionIn(claimOf(payload, options.extensionClaim)),
    ...untilOf(payload),
  };
};

/** @throws errors of jose */
const verified = async (token: string, keys: LocalJWKSet, checks: JWTVerifyOptions): Promise<JWTPayload> => {
  try {
    return (await jwtVerify(token, keys, checks)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, checks)).payload;
      } catch (wrong) {
        if (!(wrong instanceof errors.JWSSignatureVerificationFailed)) throw wrong;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
};

/** Whether it says that it is of this issuer, which anybody can write. */
const isOf = (issuer: string, token: string): boolean => {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
};

const away = (): HttpProblem =>
  new HttpProblem(
    503,
    'The identity provider does not tell its keys, so that no access token can be checked. Try again in a moment.',
  );

const refusalOf = (error: unknown, token: string, issuer: string): Refusal | undefined => {
  if (error instanceof errors.JWTExpired) return { refused: 'This access token has run out.' };
  // Its signature is genuine: claims are looked at after it.
  if (error instanceof errors.JWTClaimValidationFailed)
    return {
      refused: `This access token is not for this API: its claim ${error.claim} is not the one asked for.`,
    };
  if (!(error instanceof errors.JOSEError)) throw error;
  // No guess: nobody guesses a signature, and a token of a key that was just changed is genuine.
  return isOf(issuer, token)
    ? { refused: 'This access token is not signed with a key that the identity provider is known to have.' }
    : undefined;
};

/** Access tokens of an OpenID Connect provider (RFC 9068: signed JWTs), checked with the keys that it publishes. */
export const oidcTokens = (options: OidcOptions): SignIn => {
  const { issuer, audience } = options;
  const keys = providerKeys(options);
  const checks = { issuer, audience, algorithms, clockTolerance, requiredClaims: ['exp'] };
  const payloadOf = async (token: string, known: LocalJWKSet): Promise<JWTPayload> => {
    try {
      return await verified(token, known, checks);
    } catch (error) {
      const newer = error instanceof errors.JWKSNoMatchingKey ? await keys.newer(known) : undefined;
      if (newer === undefined) throw error;
      return verified(token, newer, checks);
    }
  };
  return async ({ token }) => {
    if (!jwtForm.test(token)) return undefined;
    const known = await keys.known().catch(() => {
      throw away();
    });
    try {
      return principalOf(await payloadOf(token, known), options);
    } catch (error) {
      return refusalOf(error, token, issuer);
    }
  };
};
