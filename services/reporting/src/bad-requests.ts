import { connect } from 'node:net';
import { methods, values, names, ends, bodies, types, more } from './bad-request-parts.ts';

/**
 * What a test knows of the routes: some that are there, some credentials, and those that are wrong and
 * count as guesses.
 */
export interface RoutesToTry {
  readonly paths: readonly string[];
  readonly authorizations: readonly string[];
  readonly guesses: readonly string[];
}

/** One request as it goes over the wire, and the answer. */
export interface TriedRequest {
  readonly request: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

interface RequestToSend {
  readonly head: string;
  readonly body: Buffer;
  readonly isGuess: boolean;
}

/** Numbers from 0 to 1 that follow from the seed alone (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Bad requests that follow from the seed alone; a few are good by chance. */
const requestsFrom = function* (
  seed: number,
  { paths, authorizations, guesses }: RoutesToTry,
): Generator<RequestToSend> {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  for (;;) {
    const query = Array.from(
      { length: Math.floor(random() * 4) },
      () => `${pick(names)}=${pick(values)}`,
    ).join(pick(['&', '&', '&', ';', '&&']));
    const isGuess = random() < 0.05;
    const authorization = isGuess ? pick(guesses) : pick([...authorizations, ...authorizations, undefined]);
    const method = pick(methods);
    const body =
      random() < (method === 'PUT' ? 0.9 : 0.3) ? Buffer.from(pick(bodies), 'latin1') : Buffer.alloc(0);
    const type = pick(types);
    const head = [
      `${method} ${pick(paths)}${pick(ends)}${query === '' ? '' : `?${query}`} ${random() < 0.02 ? 'HTTP/9.9' : 'HTTP/1.1'}`,
      random() < 0.05
        ? pick(['host: ', 'host: a b', 'host: x:999999', 'host: ../', 'x: no host'])
        : 'host: 127.0.0.1',
      'connection: close',
      ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
      ...(type === undefined ? [] : [`content-type: ${type}`]),
      ...(body.length > 0 || random() < 0.2
        ? [`content-length: ${random() < 0.03 ? Math.floor(body.length / 2) : body.length}`]
        : []),
      ...(random() < 0.25 ? [pick(more)] : []),
    ].join('\r\n');
    yield { head, body, isGuess };
  }
};

/**
 * Sends it as it is; whoever guesses comes from an address of its own. Status 0: closed without an
 * answer; -1: no answer in time.
 */
const send = (port: number, { head, body, isGuess }: RequestToSend, n: number): Promise<TriedRequest> =>
  new Promise((resolve) => {
    const localAddress = isGuess ? `127.1.${Math.floor(n / 250) % 250}.${(n % 250) + 1}` : '127.0.0.1';
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const chunks: Buffer[] = [];
    const done = (status?: number): void => {
      const answer = Buffer.concat(chunks).toString('latin1');
      const [headers = '', ...rest] = answer.split('\r\n\r\n');
      const length = /^content-length: (\d+)/im.exec(headers)?.[1];
      const body = rest.join('\r\n\r\n').slice(0, length === undefined ? Infinity : Number(length));
      resolve({
        request: head,
        status: status ?? Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0),
        headers,
        body,
      });
      socket.destroy();
    };
    socket.setTimeout(20_000, () => done(-1));
    socket
      .on('data', (chunk: Buffer) => void chunks.push(chunk))
      .on('error', () => undefined)
      .on('close', () => done());
    socket.end(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body]));
  });

/**
 * Sends so many bad requests, eight at a time, and gives those whose answer is none that a client may
 * get, as `wrong` says.
 */
export const tryBadRequests = async (
  url: string,
  routes: RoutesToTry,
  {
    seed,
    count,
    wrong,
  }: { readonly seed: number; readonly count: number; readonly wrong: (tried: TriedRequest) => boolean },
): Promise<{
  readonly found: readonly TriedRequest[];
  readonly statuses: Readonly<Record<number, number>>;
}> => {
  const requests = requestsFrom(seed, routes);
  const port = Number(new URL(url).port);
  const found: TriedRequest[] = [];
  const statuses: Record<number, number> = {};
  let sent = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (sent < count) {
        sent += 1;
        const tried = await send(port, requests.next().value as RequestToSend, sent);
        statuses[tried.status] = (statuses[tried.status] ?? 0) + 1;
        if (wrong(tried)) found.push(tried);
      }
    }),
  );
  return { found, statuses };
};
