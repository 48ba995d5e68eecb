import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { safeAddress } from '../config/config-schema.ts';

/** How old known keys may be before it is asked whether they still are the provider's, in ms. */
const freshMs = 600_000;
/** How long after an answer, or none, the provider is not asked again, in ms. */
const pauseMs = 5_000;
const answerWithinMs = 5_000;

export interface ProviderKeysOptions {
  /** The provider, as its tokens name it. */
  readonly issuer: string;
  /** Where its keys are; undefined: where its discovery document says. */
  readonly keysUrl: string | undefined;
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
}

/** The keys of a provider, as they were published last. */
export interface ProviderKeys {
  /** The newest known. @throws while none are known, and the provider does not tell any */
  known(): Promise<LocalJWKSet>;
  /** For a key that is not among those; undefined: the provider was asked a moment ago, or does not answer. */
  newer(than: LocalJWKSet): Promise<LocalJWKSet | undefined>;
}

/** @throws when it is no safe address, leads to another, or does not answer in time with JSON */
const documentAt = async (address: string): Promise<unknown> => {
  if (!new RegExp(safeAddress).test(address)) throw new TypeError(`${address} is an address without https`);
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(answerWithinMs) });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer.json();
};

const keysAddressOf = async (issuer: string): Promise<string> => {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = (await documentAt(address)) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (document.issuer !== issuer || typeof document.jwks_uri !== 'string')
    throw new TypeError(`${address} is not the discovery document of ${issuer}`);
  return document.jwks_uri;
};

/**
 * The keys that a provider publishes (OpenID Connect Discovery 1.0, RFC 7517): fetched when first needed, anew every ten
 * minutes, and for a key that is not known. While the provider is away the last ones stay.
 */
export const providerKeys = (options: ProviderKeysOptions): ProviderKeys => {
  const { issuer, keysUrl, now = () => performance.now() } = options;
  let address = keysUrl;
  let known: LocalJWKSet | undefined;
  let fetchedAt = -Infinity;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;
  let failure: unknown;

  const fetchKeys = async (): Promise<void> => {
    try {
      address ??= await keysAddressOf(issuer);
      known = createLocalJWKSet((await documentAt(address)) as JSONWebKeySet);
      fetchedAt = now();
      failure = undefined;
    } catch (error) {
      failure = error;
      // The discovery document may name another place by now.
      address = keysUrl;
    }
    askedAt = now();
    asking = undefined;
  };
  /** Asks the provider, with whoever asks at the same moment, unless it was asked a moment ago. */
  const ask = async (): Promise<void> => {
    if (asking === undefined && now() - askedAt >= pauseMs) asking = fetchKeys();
    await asking;
  };
  return {
    known: async () => {
      const isStale = now() - fetchedAt >= freshMs;
      // Nobody waits again and again for a provider that is away while its keys are known.
      if (known === undefined || (isStale && failure === undefined)) await ask();
      else if (isStale) void ask();
      if (known === undefined) throw new Error(`${issuer} does not tell its keys`, { cause: failure });
      return known;
    },
    newer: async (than) => {
      if (known === than) await ask();
      return known === than ? undefined : known;
    },
  };
};
