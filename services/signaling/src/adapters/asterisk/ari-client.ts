import { createLimiter, type Urgency } from './limiter.ts';

/** Where the switch is and who we are there. */
export interface AriAccess {
  /** Base of its HTTP interface, for example `http://127.0.0.1:8088`; ARI is below `/ari`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly app: string;
}

/** Done with what was answered; refused with the HTTP status; unknown: no answer came, so it may have happened or not. */
export type AriAnswer<Body = unknown> =
  | { readonly outcome: 'done'; readonly body: Body }
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** What is said with all requests of one piece of work. */
export interface Errand {
  readonly urgency: Urgency;
  /** When there must be an answer to all of it, waiting included. */
  readonly deadline: AbortSignal;
  /** Looked at just before each request goes out: false, and it is refused unsent, with status 0. */
  readonly isStillWanted?: () => boolean;
}

export interface AriClient {
  get<Body>(path: string, query?: AriQuery): Promise<AriAnswer<Body>>;
  post<Body>(path: string, query?: AriQuery): Promise<AriAnswer<Body>>;
  delete(path: string, query?: AriQuery): Promise<AriAnswer>;
  /**
   * Bytes of a resource that is a file; undefined when there is none.
   * @throws Error when no answer comes
   */
  size(path: string): Promise<number | undefined>;
}

export interface AriClients {
  /** A client whose requests belong to one piece of work; all of them share one limiter. */
  for(errand: Errand): AriClient;
}

export type AriQuery = Readonly<Record<string, string | number | boolean>>;

/** How long one answer may take; ARI on loopback takes 1 to 20 ms. */
const answerWithinMs = 3_000;
/** Asterisk closes connections beyond its `sessionlimit`, 100 when nobody changes it, and serves others from it too. */
const atOnce = 8;
const keptForTakingAway = 2;

export const authorization = ({ user, password }: AriAccess): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A path of ids; each is escaped, because ids of phones and files come from outside. */
export const ariPath = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part)}`).join('');

const causeOf = (error: Error): string =>
  error.cause instanceof Error ? error.cause.message : error.message;

const answerOf = async <Body>(response: Response): Promise<AriAnswer<Body>> => {
  const text = await response.text();
  const body = text === '' ? undefined : (JSON.parse(text) as unknown);
  if (response.ok) return { outcome: 'done', body: body as Body };
  const reason = (body as { message?: string } | undefined)?.message ?? response.statusText;
  // A gateway's 502 to 504 tells nothing about the switch behind it.
  if (response.status > 500) return { outcome: 'unknown', reason };
  return { outcome: 'refused', status: response.status, reason };
};

const sizeOf = async (response: Response): Promise<number | undefined> => {
  const told = response.headers.get('content-length');
  if (response.ok && told === null) return (await response.arrayBuffer()).byteLength;
  await response.body?.cancel();
  return response.ok ? Number(told) : undefined;
};

const notWanted: AriAnswer<never> = { outcome: 'refused', status: 0, reason: 'it is no longer wanted' };

/** @param onDate told the date of each answer, by the clock of the switch */
export const createAriClients = (access: AriAccess, onDate: (date: string) => void): AriClients => {
  const headers = { authorization: authorization(access) };
  const limiter = createLimiter({ atOnce, keptForTakingAway });
  const ask = async (
    method: string,
    path: string,
    query: AriQuery,
    deadline: AbortSignal,
  ): Promise<Response> => {
    const parameters = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    );
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(answerWithinMs)]);
    const url = `${access.url}/ari${path}?${parameters.toString()}`;
    const response = await fetch(url, { method, headers, signal });
    onDate(response.headers.get('date') ?? '');
    return response;
  };

  return {
    for: ({ urgency, deadline, isStillWanted = () => true }) => {
      const request = async <Body>(
        method: string,
        path: string,
        query: AriQuery = {},
      ): Promise<AriAnswer<Body>> => {
        try {
          return await limiter.run(urgency, deadline, async () =>
            isStillWanted() ? answerOf<Body>(await ask(method, path, query, deadline)) : notWanted,
          );
        } catch (error) {
          return {
            outcome: 'unknown',
            reason: error instanceof Error ? `${error.name}: ${causeOf(error)}` : String(error),
          };
        }
      };
      return {
        get: (path, query) => request('GET', path, query),
        post: (path, query) => request('POST', path, query),
        delete: (path, query) => request('DELETE', path, query),
        size: (path) =>
          limiter.run(urgency, deadline, async () => sizeOf(await ask('GET', path, {}, deadline))),
      };
    },
  };
};
