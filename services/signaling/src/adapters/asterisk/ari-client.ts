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

export interface AriClient {
  get<Body>(path: string, query?: AriQuery): Promise<AriAnswer<Body>>;
  post<Body>(path: string, query?: AriQuery): Promise<AriAnswer<Body>>;
  delete(path: string): Promise<AriAnswer>;
  /** Bytes of a resource that is a file. */
  size(path: string): Promise<number | undefined>;
}

export type AriQuery = Readonly<Record<string, string | number | boolean>>;

/** How long an answer may take; ARI on loopback takes 1 to 20 ms. */
const timeoutMs = 3_000;

export const authorization = ({ user, password }: AriAccess): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A path of ids; each is escaped, because ids of phones and files come from outside. */
export const ariPath = (...parts: readonly string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

export const createAriClient = (access: AriAccess): AriClient => {
  const headers = { authorization: authorization(access) };

  const ask = async (method: string, path: string, query: AriQuery = {}): Promise<Response> => {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return fetch(`${access.url}/ari${path}?${parameters.toString()}`, { method, headers, signal: AbortSignal.timeout(timeoutMs) });
  };

  const request = async <Body>(method: string, path: string, query?: AriQuery): Promise<AriAnswer<Body>> => {
    try {
      const response = await ask(method, path, query);
      const text = await response.text();
      const body = text === '' ? undefined : JSON.parse(text) as unknown;
      if (response.ok) return { outcome: 'done', body: body as Body };
      const reason = (body as { message?: string } | undefined)?.message ?? response.statusText;
      // A gateway's 502 to 504 tells nothing about the switch behind it.
      if (response.status > 500) return { outcome: 'unknown', reason };
      return { outcome: 'refused', status: response.status, reason };
    } catch (error) {
      return { outcome: 'unknown', reason: error instanceof Error ? `${error.name}: ${causeOf(error)}` : String(error) };
    }
  };

  return {
    get: (path, query) => request('GET', path, query),
    post: (path, query) => request('POST', path, query),
    delete: (path) => request('DELETE', path),
    size: async (path) => {
      const response = await ask('GET', path);
      if (!response.ok) {
        await response.body?.cancel();
        return undefined;
      }
      const told = response.headers.get('content-length');
      if (told === null) return (await response.arrayBuffer()).byteLength;
      await response.body?.cancel();
      return Number(told);
    },
  };
};

const causeOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);
