import { connect } from 'node:net';

/** What a test knows of the routes: some that are there, some credentials, and those that are wrong and count as guesses. */
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

interface RequestToSend { readonly head: string; readonly body: Buffer; readonly isGuess: boolean }

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

const methods = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PUT', 'PUT', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'get', 'G T', ''];
const values = [
  '0', '0', '0', '0', '0', '1763715600', '-1', '1.5', '1e9', '1e400', 'NaN', 'Infinity', '', '%20', '+5', '00', '0x10', '%EF%BC%99', '9007199254740991', '9007199254740992', '9'.repeat(40),
  '253402300800', '8640000000000000', '-0', 'null', 'true', '1,2', '2026-01-01', '%00', '%ff', '%', '%zz', "'%20or%201=1--", '1;drop', '%F0%9F%8E%89',
  'a'.repeat(3000), '1'.repeat(5000), '1_000', '0-0-0', 'z-z-z', 'zzzzzzzzzzz-0-0', '0-zzzzzzzzzzz-0', '1-1-1-1', '2gosa7pa2gw-2gosa7pa2gv-2gosa7pa2gv',
  '1-1-1-zzzzzzzz-1-1', '1-1-1-1-1-2gosa7pa2gv', '1-1-1-2gosa7pa2gv-1-1', '2byyyyyyyyy-1-1', '-1--1',
];
const names = ['start_time', 'start_time', 'start_time', 'after', 'after', 'limit', 'per_page', 'page', 'page[size]', '__proto__', '%00', ''];
const ends = ['', '', '', '', '', '', '', '', '', '', '', '', '', '', '/', '.json', '.xml', '%2ejson', '/1', '/%00', '/..', '/..%2f..%2fpackage.json', `/${'x'.repeat(300)}`, '/y'.repeat(800), '/%F0%9F%8E%89', '/constructor', '/__proto__', '//'];
const bodies = [
  '{', '', 'null', '[]', '0', '"x"', 'true', '{"a":1}', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}', '['.repeat(20_000), '{"a":'.repeat(5000),
  `{"number":"${'9'.repeat(1000)}"}`, '{"setting":"sometimes"}', '{"enabled":"yes"}', '{"members":[{"extension":"1","supervisor":1}],"name":""}', '{"name":null}',
  '{"routes":{"x":{"to":"group"}},"greetingId":"menu-sales"}', '{"name":"\\u0000","outboundLineId":null}', '{"name":"\\ud800","outboundLineId":null}',
  '{"number":"+41445550100","name":"A","type":"phone","route":{"to":"moon"}}', 'x'.repeat(300_000), '\0\u0001', '{"code":"*90","mode":"shout"}', '\xff\xfe{',
];
const types = ['application/json', 'application/json', undefined, 'text/plain', 'application/xml', 'application/json; charset=utf-16', 'multipart/form-data', 'application/x-www-form-urlencoded', 'x', '', 'a/b;'.repeat(500)];
const more = [
  'x-forwarded-host: evil"<x>', 'x-forwarded-host: a,b', 'x-forwarded-proto: javascript', 'if-match: W/"1"', 'if-match: abc', 'if-match: "999999999999999999999"',
  'if-match: ', 'accept-encoding: gzip', 'accept-encoding: gzip;q=x, zstd, *;q=0', 'accept-encoding: identity;q=0', 'accept-encoding: \x01', 'expect: 100-continue',
  'expect: magic', 'traceparent: 00-0-0-0', 'range: bytes=9-1', 'connection: upgrade\r\nupgrade: h2c', 'content-length: -1', 'content-length: 1, 2', 'transfer-encoding: chunked',
  'transfer-encoding: gzip', 'no colon', ': no name', 'a b: c', `x-long: ${'y'.repeat(20_000)}`, 'host: twice', 'authorization: Basic x\r\nauthorization: Bearer y', 'cookie: \xff',
];

/** Bad requests that follow from the seed alone; a few are good by chance. */
const requestsFrom = function* (seed: number, { paths, authorizations, guesses }: RoutesToTry): Generator<RequestToSend> {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  for (;;) {
    const query = Array.from({ length: Math.floor(random() * 4) }, () => `${pick(names)}=${pick(values)}`).join(pick(['&', '&', '&', ';', '&&']));
    const isGuess = random() < 0.05;
    const authorization = isGuess ? pick(guesses) : pick([...authorizations, ...authorizations, undefined]);
    const method = pick(methods);
    const body = random() < (method === 'PUT' ? 0.9 : 0.3) ? Buffer.from(pick(bodies), 'latin1') : Buffer.alloc(0);
    const type = pick(types);
    const head = [
      `${method} ${pick(paths)}${pick(ends)}${query === '' ? '' : `?${query}`} ${random() < 0.02 ? 'HTTP/9.9' : 'HTTP/1.1'}`,
      random() < 0.05 ? pick(['host: ', 'host: a b', 'host: x:999999', 'host: ../', 'x: no host']) : 'host: 127.0.0.1', 'connection: close',
      ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
      ...(type === undefined ? [] : [`content-type: ${type}`]),
      ...(body.length > 0 || random() < 0.2 ? [`content-length: ${random() < 0.03 ? Math.floor(body.length / 2) : body.length}`] : []),
      ...(random() < 0.25 ? [pick(more)] : []),
    ].join('\r\n');
    yield { head, body, isGuess };
  }
};

/** Sends it as it is; whoever guesses comes from an address of its own. Status 0: closed without an answer; -1: no answer in time. */
const send = (port: number, { head, body, isGuess }: RequestToSend, n: number): Promise<TriedRequest> => new Promise((resolve) => {
  const localAddress = isGuess ? `127.1.${Math.floor(n / 250) % 250}.${(n % 250) + 1}` : '127.0.0.1';
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  const chunks: Buffer[] = [];
  const done = (status?: number): void => {
    const answer = Buffer.concat(chunks).toString('latin1');
    const [headers = '', ...rest] = answer.split('\r\n\r\n');
    const length = /^content-length: (\d+)/im.exec(headers)?.[1];
    const body = rest.join('\r\n\r\n').slice(0, length === undefined ? Infinity : Number(length));
    resolve({ request: head, status: status ?? Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0), headers, body });
    socket.destroy();
  };
  socket.setTimeout(20_000, () => done(-1));
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk)).on('error', () => undefined).on('close', () => done());
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body]));
});

/** Sends so many bad requests, eight at a time, and gives those whose answer is none that a client may get, as `wrong` says. */
export const tryBadRequests = async (
  url: string, routes: RoutesToTry, { seed, count, wrong }: { readonly seed: number; readonly count: number; readonly wrong: (tried: TriedRequest) => boolean },
): Promise<{ readonly found: readonly TriedRequest[]; readonly statuses: Readonly<Record<number, number>> }> => {
  const requests = requestsFrom(seed, routes);
  const port = Number(new URL(url).port);
  const found: TriedRequest[] = [];
  const statuses: Record<number, number> = {};
  let sent = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (sent < count) {
      sent += 1;
      const tried = await send(port, requests.next().value as RequestToSend, sent);
      statuses[tried.status] = (statuses[tried.status] ?? 0) + 1;
      if (wrong(tried)) found.push(tried);
    }
  }));
  return { found, statuses };
};
