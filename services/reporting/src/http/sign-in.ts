import { mayDo } from '@earshot/contracts';
import { credentialsOf, guesserOf, isRefusal, type SignIn } from '@earshot/service-kit';
import { readerOf, type Reader } from './authenticate.ts';
import { notAllowed, notAuthenticated, tooManyGuesses } from './export-error.ts';
import { rateLimit } from './rate-limit.ts';

/** Failed sign-ins of one address per minute. */
const failuresOfAddress = 10;

/** What of a request tells who asks. */
export interface SignInRequest {
  readonly ip: string;
  readonly headers: { readonly authorization?: string | undefined };
}

/** Name of the reader who asks. @throws ExportRefusal */
export type ReaderFrom<Request extends SignInRequest> = (request: Request, now: number) => Promise<string>;

/**
 * Who may read, with a limit on guesses. Only failures count, so a connector that has the right token never
 * meets the limit; once it is reached nothing from there is compared any more, not even what is right. Guesses
 * from many networks are not held off, because that would lock the connector out: the length of the token
 * makes them hopeless (`unguessable`).
 * @param readers those of the configuration
 * @param signIn everybody else: whoever has the right to read the export, with EMAIL/token:TOKEN or as bearer of the token
 * @param onGuess told of each guess: 401 when it was wrong, 429 when it was not looked at
 */
export const signingIn = <Request extends SignInRequest>(
  readers: readonly Reader[],
  signIn: SignIn,
  onGuess: (request: Request, status: 401 | 429) => void = () => {},
): ReaderFrom<Request> => {
  const ofAddress = rateLimit(failuresOfAddress);
  const holdOff = (request: Request, now: number): void => {
    const { allowed, retryAfter } = ofAddress.look(guesserOf(request.ip), now);
    if (allowed) return;
    onGuess(request, 429);
    throw tooManyGuesses(retryAfter);
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
      onGuess(request, 401);
    }
    throw notAuthenticated();
  };
};
