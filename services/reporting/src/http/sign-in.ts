import { mayDo } from '@earshot/contracts';
import { credentialsOf, guesserOf, isRefusal, type SignIn } from '@earshot/service-kit';
import { userNamedIn, readerOf, type Reader } from './authenticate.ts';
import { notAllowed, notAuthenticated, tooManyGuesses } from './export-error.ts';
import { rateLimit, type Allowance } from './rate-limit.ts';

/** Failed sign-ins per minute: of one address, and for one user from all addresses together. */
const failuresOfAddress = 10;
const failuresForUser = 50;

/** What of a request tells who asks. */
export interface SignInRequest {
  readonly ip: string;
  readonly headers: { readonly authorization?: string | undefined };
}

/** Name of the reader who asks. @throws ExportRefusal */
export type ReaderFrom = (request: SignInRequest, now: number) => Promise<string>;

/**
 * Who may read, with a limit on guesses. Only failures count, so a connector that has the right token never
 * meets the limit; once it is reached nothing from there is compared any more, not even what is right. The
 * limit for a user holds for addresses that failed themselves, so that a stranger who guesses does not lock
 * the connector out.
 * @param readers those of the configuration
 * @param signIn everybody else: whoever has the right to read the export, with EMAIL/token:TOKEN or as bearer of the token
 */
export const signingIn = (readers: readonly Reader[], signIn: SignIn): ReaderFrom => {
  const ofAddress = rateLimit(failuresOfAddress);
  const forUser = rateLimit(failuresForUser);
  const refuse = ({ allowed, retryAfter }: Allowance): void => {
    if (!allowed) throw tooManyGuesses(retryAfter);
  };
  const holdOff = ({ ip, headers: { authorization } }: SignInRequest, now: number): void => {
    const address = ofAddress.look(guesserOf(ip), now);
    refuse(address);
    if (address.remaining < failuresOfAddress) refuse(forUser.look(userNamedIn(authorization), now));
  };
  const readerIn = async (authorization: string | undefined): Promise<string | undefined> => {
    const reader = readerOf(authorization, readers);
    if (reader !== undefined) return reader.email;
    const credentials = credentialsOf(authorization);
    const result = credentials === undefined ? undefined : await signIn(credentials);
    if (result === undefined) return undefined;
    if (isRefusal(result)) throw notAuthenticated(result.refused);
    if (!mayDo(result.roles, 'export:read')) throw notAllowed();
    return result.name;
  };
  return async (request, now) => {
    holdOff(request, now);
    const { authorization } = request.headers;
    const reader = await readerIn(authorization);
    if (reader !== undefined) return reader;
    // What others from there tried meanwhile counts.
    holdOff(request, now);
    // Nothing was guessed where nothing was sent: that is how a client asks which scheme to use.
    if (authorization !== undefined) {
      ofAddress.take(guesserOf(request.ip), now);
      forUser.take(userNamedIn(authorization), now);
    }
    throw notAuthenticated();
  };
};
