import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may read the export. */
export interface Reader {
  readonly email: string;
  readonly token: string;
  /** For clients that still send a password; undefined: none is accepted. */
  readonly password?: string | undefined;
}

/** Compared by hash, so that neither content nor length shows in the time it takes. */
const same = (left: string, right: string): boolean =>
  timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());

const credentialsOf = (encoded: string): { readonly user: string; readonly secret: string } | undefined => {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), secret: text.slice(colon + 1) };
};

const partsOf = (authorization: string | undefined): { readonly scheme: string; readonly given: string } => {
  const [, scheme = '', given = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  return { scheme: scheme.toLowerCase(), given };
};

const matchesBasic = (reader: Reader, encoded: string): boolean => {
  const given = credentialsOf(encoded);
  if (given === undefined) return false;
  const user = given.user.toLowerCase();
  // Everything is compared whatever the first comparison says, so that the time does not tell who is known.
  const [knowsToken, isTokenUser] = [
    same(given.secret, reader.token),
    same(user, `${reader.email.toLowerCase()}/token`),
  ];
  const [knowsPassword, isUser] = [
    same(given.secret, reader.password ?? reader.token),
    same(user, reader.email.toLowerCase()),
  ];
  return (knowsToken && isTokenUser) || (reader.password !== undefined && knowsPassword && isUser);
};

/** The reader that an Authorization header proves: Basic EMAIL/token:TOKEN, Basic EMAIL:PASSWORD or Bearer TOKEN; undefined: nobody. */
export const readerOf = (
  authorization: string | undefined,
  readers: readonly Reader[],
): Reader | undefined => {
  const { scheme, given } = partsOf(authorization);
  const matches = (reader: Reader): boolean => {
    if (scheme === 'basic') return matchesBasic(reader, given);
    return scheme === 'bearer' && same(given, reader.token);
  };
  return readers.filter(matches)[0];
};
