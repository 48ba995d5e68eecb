import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Instant } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import { digestOf, type SignIn } from './sign-in.ts';

/** An API token as it is made: `token` is shown once, `id` and `hash` are kept. */
export interface NewApiToken {
  readonly id: string;
  readonly token: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
}

const tokenForm = /^earshot_([0-9a-f]{12})_[\w-]{43}$/;

/** A new API token, `earshot_<id>_<secret>`: so that a scanner of secrets knows it when it sees it. */
export const makeApiToken = (): NewApiToken => {
  const id = randomBytes(6).toString('hex');
  const token = `earshot_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: digestOf(token).toString('hex') };
};

export interface ApiTokenOptions {
  readonly settings: Pick<SettingsView, 'get'>;
  readonly now: () => Instant;
  /** Hears of each use that was let in. */
  readonly used: (id: string) => void;
}

/** Tokens of our own: made by API, held by people and programs, revoked at once. */
export const apiTokens =
  ({ settings, now, used }: ApiTokenOptions): SignIn =>
  ({ token }) => {
    const id = tokenForm.exec(token)?.[1];
    const kept = id === undefined ? undefined : settings.get('api-tokens', id)?.value;
    if (id === undefined || kept === undefined) return undefined;
    if (!timingSafeEqual(digestOf(token), Buffer.from(kept.hash, 'hex'))) return undefined;
    if (kept.revokedAt !== null) return { refused: `This API token was revoked at ${kept.revokedAt}.` };
    if (kept.expiresAt !== null && kept.expiresAt <= now())
      return { refused: `This API token ran out at ${kept.expiresAt}.` };
    used(id);
    const { name, roles, extension, expiresAt } = kept;
    return { name, roles, extension, ...(expiresAt === null ? {} : { until: expiresAt }) };
  };
