import { guesserOf } from '@earshot/service-kit';
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

/**
 * Who may read, with a limit on guesses. Only failures count, so a connector that has the right token never
 * meets the limit; once it is reached nothing from there is compared any more, not even what is right. The
 * limit for a user holds for addresses that failed themselves, so that a stranger who guesses does not lock
 * the connector out.
 */
export const signIn = (readers: readonly Reader[]): ((request: SignInRequest, now: number) => Reader) => {
  const ofAddress = rateLimit(failuresOfAddress);
  const forUser = rateLimit(failuresForUser);
  const refuse = ({ allowed, retryAfter }: Allowance): void => {
    if (!allowed) throw tooManyGuesses(retryAfter);
  };
  return ({ ip, headers: { authorization } }, now) => {
    const guesser = guesserOf(ip);
    const user = userNamedIn(authorization);
    const address = ofAddress.look(guesser, now);
    refuse(address);
    if (address.remaining < failuresOfAddress) refuse(forUser.look(user, now));
    const reader = readerOf(authorization, readers);
    if (reader === undefined) {
      // Nothing was guessed where nothing was sent: that is how a client asks which scheme to use.
      if (authorization !== undefined) {
        ofAddress.take(guesser, now);
        forUser.take(user, now);
      }
      throw notAuthenticated();
    }
    if (!reader.mayRead) throw notAllowed();
    return reader;
  };
};
