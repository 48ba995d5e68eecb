import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@earshot/contracts';

/** What a request gives to prove who asks: a bearer token, or user and password of basic authentication. */
export interface Credentials {
  /** Undefined with a bearer token. */
  readonly user?: string;
  readonly token: string;
}

/** Known, and yet not let in; said to whoever asks, as what they gave was genuine once. */
export interface Refusal {
  readonly refused: string;
}

/** One way to prove who one is; undefined: nothing that it knows, which counts as a guess. */
export type SignIn = (
  credentials: Credentials,
) => Promise<Principal | Refusal | undefined> | Principal | Refusal | undefined;

/** Whether a sign-in ended in a refusal. */
export const isRefusal = (result: Principal | Refusal): result is Refusal => 'refused' in result;

/** The credentials of an `Authorization` header (RFC 7617, RFC 6750); undefined: it holds none that we read. */
export const credentialsOf = (authorization: string | undefined): Credentials | undefined => {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { token: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), token: text.slice(colon + 1) };
};

/** Each way in turn, until one knows what was given. */
export const anyOf =
  (...ways: readonly SignIn[]): SignIn =>
  async (credentials) => {
    for (const way of ways) {
      // oxlint-disable-next-line no-await-in-loop -- the next way is asked only when this one does not know
      const result = await way(credentials);
      if (result !== undefined) return result;
    }
    return undefined;
  };

/** SHA-256: of what has 256 random bits no slower hash is needed. */
export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Names that may stand in the log as an actor. */
const actorForm = /^[\w.@-]{1,64}$/;

/** An identifier that may stand in the log: of a name from outside what is fit of it. */
export const actorOf = (name: string): string =>
  actorForm.test(name) ? name : name.replaceAll(/[^\w.@-]/g, '-').slice(0, 64) || 'unnamed';

/**
 * The token of the environment: an administrator's, to begin with and for when nobody else can sign in.
 * With basic authentication its bearer says by the user who they are.
 * @param token undefined: nobody has it
 */
export const environmentToken = (token: string | undefined): SignIn => {
  const expected = token === undefined ? undefined : digestOf(token);
  return (given) =>
    // Digests have one length, so the comparison takes the same time whatever was given.
    expected !== undefined && timingSafeEqual(digestOf(given.token), expected)
      ? { name: actorOf(given.user || 'api'), roles: ['admin'], extension: null }
      : undefined;
};
