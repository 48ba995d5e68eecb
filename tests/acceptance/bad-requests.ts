import fc from 'fast-check';
import type { RawRequest } from './raw-http.ts';

/** A route as the OpenAPI document of a service describes it. */
export interface Route {
  readonly method: string;
  /** `/settings/lines/{id}` */
  readonly path: string;
  /** What fits into the path, in order. */
  readonly ids: readonly string[];
  /** A body that fits; undefined: the route takes none. */
  readonly body: unknown;
}

/** As much of an OpenAPI document as routes are read from. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, {
    readonly parameters?: readonly { readonly in: string; readonly schema: Schema }[];
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  }>>>>;
}

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly pattern?: string;
}

/** One of them fits wherever a route asks for an id or a number. */
const someIds = ['support', '1004', '+41795551001', '01934567-89ab-7cde-8f01-23456789abcd'];

/** Every route of a service, from its own description, so that a new one is among them by itself. */
export const routesOf = ({ paths }: OpenApi): readonly Route[] =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
    const schema = requestBody?.content['application/json']?.schema;
    const ids = parameters.filter((parameter) => parameter.in === 'path').map(({ schema: { pattern = '' } }) => someIds.find((id) => new RegExp(pattern, 'u').test(id)) ?? 'x');
    return { method: method.toUpperCase(), path, ids, body: schema === undefined ? undefined : exampleOf(schema) };
  }));

/** A value of about the right form, to be spoilt: patterns of texts are not looked at. */
const exampleOf = (schema: Schema): unknown => {
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {});
  if (schema.properties !== undefined) return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, exampleOf(field)]));
  switch (schema.type) {
    case 'string': return 'x';
    case 'integer': case 'number': return schema.minimum ?? 0;
    case 'boolean': return true;
    case 'array': return [];
    case 'null': return null;
    default: return {};
  }
};

const oddTexts = [
  '', ' ', '\0', '\ud800', '\udfff\ud800', '\u202e', 'ﷺ'.repeat(50), 'x'.repeat(5_000), '../../etc/passwd', '%s%n', '*', '>', 'a.b', '__proto__', 'constructor',
  'toString', '<script>', "' or 1=1 --", '{{7*7}}', '+41', '-1', 'NaN', 'null', 'undefined', '\r\nx: y', '𝕊', 'é'.normalize('NFD'),
];
const oddValues = [null, true, false, 0, -0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]], [null], { length: 1e9 }, ...oddTexts];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(fc.constantFrom(...oddValues), fc.string({ unit: 'binary' }), fc.double(), fc.jsonValue({ maxDepth: 4 }));
const oddName = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'then', '', '0', '$ref', '\0'), fc.string());

/** JSON text that a value cannot express. */
const oddJson = fc.oneof(
  fc.constantFrom('', ' ', '\ufeff{}', '{', '}', '[', '"', '{"a":', '{"a":1,}', '{a:1}', "{'a':1}", 'undefined', 'NaN', '1e999', '{"a":1e999}', '-', '0x10',
    '{"a":1}{"b":2}', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}', '{"name":"\\ud800"}', '{"name":"\\u0000"}', '{"name":1,"name":2}', '"\\x"', '// {}'),
  fc.integer({ min: 100, max: 50_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.integer({ min: 100, max: 20_000 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.integer({ min: 200_000, max: 400_000 }).map((length) => JSON.stringify({ name: 'x'.repeat(length) })),
  fc.integer({ min: 1_000, max: 20_000 }).map((count) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n])))),
  fc.string({ unit: 'binary' }),
);

/** A body that fits the route, with one field odd, missing, or too many. */
const spoilt = (body: unknown): fc.Arbitrary<string> => {
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body as Record<string, unknown> : {};
  const names = Object.keys(fields);
  const one = names.length === 0 ? oddName : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: oddName });
  return fc.oneof(
    fc.tuple(one, oddValue).map(([name, value]) => JSON.stringify({ ...fields, [name]: value })),
    one.map((name) => JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name)))),
    oddValue.map((value) => JSON.stringify(value) ?? 'undefined'),
  );
};

const bytesOfNoText = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const bodyOf = (route: Route): fc.Arbitrary<Buffer> => fc.oneof(
  { weight: 5, arbitrary: spoilt(route.body).map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: oddJson.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: bytesOfNoText },
);

const percent = (text: string): string => [...Buffer.from(text.toWellFormed())].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** What stands in a path for a name: encoded, half encoded, or bytes as they are. */
const segment = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...someIds) },
  { weight: 1, arbitrary: fc.constantFrom(...oddTexts).map(percent) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map(percent) },
  { weight: 1, arbitrary: fc.constantFrom('%', '%0', '%zz', '%00', '%ff', '%c0%af', '%ed%a0%80', '%2e%2e', '%2f', '..', '.', '', ';', '?', '#', 'a%20b', '%E0%A4%A', '\xff', '\x7f', 'x'.repeat(3_000)) },
);
const query = fc.constantFrom('?', '?a', '?a=1&a=2', '?__proto__=1', '?a[b]=c', '?%zz', `?a=${'x'.repeat(5_000)}`, '?a=%00', '??', '?id=%ff');

const oddTypes = ['application/json', 'application/json; charset=utf-16', 'application/JSON;charset=nonsense', 'text/plain', 'application/xml', 'multipart/form-data', 'application/x-www-form-urlencoded', 'json', '', '/', 'application/json, text/html', '\x80'];
const moreHeaders = fc.constantFrom(
  'if-match: "0"', 'if-match: yesterday', 'if-match: "999999999999999"', 'if-match: W/"1"', 'if-match: *, "2"', 'if-match: ', 'accept: image/png', 'accept-encoding: nonsense',
  'expect: miracles', 'x-forwarded-for: \'"<>', 'x-forwarded-host: [::', 'x-forwarded-proto: gopher', 'traceparent: 00-zz', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'tracestate: ,,,=', 'baggage: a=b,%zz', 'accept-version: 9', 'cookie: \x01', 'upgrade: websocket', 'connection: upgrade', 'transfer-encoding: gzip', 'content-encoding: gzip', 'range: bytes=9-1',
  'content-length: -1', 'content-length: 1, 2', 'content-length: 99999999999999999999', 'no colon here', ': no name', `x-long: ${'x'.repeat(20_000)}`, 'host: ', 'host: a/b', 'x-http-method-override: DELETE',
);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'MKCOL', 'QUERY', 'SEARCH', 'get', 'WALK', ''];

/** What of a request is odd; the rest is as the route asks for it. */
interface Odds {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly authorization?: string;
  readonly body?: Buffer;
}

const filled = (path: string, ids: readonly string[]): string => {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => ids[next++] ?? '');
};

const requestOf = (route: Route, token: string, odds: Odds): RawRequest => {
  const body = odds.body ?? Buffer.from(route.body === undefined ? '' : JSON.stringify(route.body));
  const more = odds.headers ?? [];
  const ownLength = more.some((line) => /^(content-length|transfer-encoding)/.test(line));
  return {
    method: odds.method ?? route.method,
    target: `${odds.path ?? filled(route.path, route.ids)}${odds.query ?? ''}`,
    headers: [
      'host: earshot', 'connection: close', odds.authorization ?? `authorization: Bearer ${token}`, ...more,
      ...(body.length === 0 ? [] : [`content-type: ${odds.type ?? 'application/json'}`]), ...(ownLength ? [] : [`content-length: ${body.length}`]),
    ],
    body,
    breaksOff: ownLength,
  };
};

/** Requests to these routes, each with something wrong: in its path, its head, its body, or its method. */
export const badRequest = (routes: readonly Route[], token: string): fc.Arbitrary<RawRequest> => {
  const withIds = routes.filter(({ ids }) => ids.length > 0);
  const withBody = routes.filter(({ body }) => body !== undefined);
  const any = fc.constantFrom(...routes);
  const oddHead = fc.oneof(
    fc.array(moreHeaders, { minLength: 1, maxLength: 3 }).map((headers): Odds => ({ headers })),
    fc.constantFrom(...methods).map((method): Odds => ({ method })),
    query.map((text): Odds => ({ query: text })),
    fc.constantFrom('', 'authorization: ', 'authorization: Digest x').map((authorization): Odds => ({ authorization: authorization || 'x-nothing: 1' })),
  );
  const oddPath = fc.constantFrom(...withIds).chain((route) => fc.tuple(...route.ids.map(() => segment)).map((ids) => requestOf(route, token, { path: filled(route.path, ids) })));
  const oddBody = fc.constantFrom(...withBody).chain((route) => bodyOf(route).map((body) => requestOf(route, token, { body })));
  const oddType = fc.tuple(fc.constantFrom(...withBody), fc.constantFrom(...oddTypes)).map(([route, type]) => requestOf(route, token, { type }));
  const unaskedBody = any.chain((route) => bodyOf(route).map((body) => requestOf(route, token, { body })));
  const allOdd = any.chain((route) => fc.tuple(bodyOf(route), oddHead, segment, fc.constantFrom(...oddTypes)).map(([body, odds, id, type]) =>
    requestOf(route, token, { body, type, path: filled(route.path, route.ids.map(() => id)), ...odds })));
  return fc.oneof(
    { weight: 3, arbitrary: oddPath }, { weight: 6, arbitrary: oddBody }, { weight: 1, arbitrary: oddType }, { weight: 1, arbitrary: unaskedBody },
    { weight: 2, arbitrary: fc.tuple(any, oddHead).map(([route, odds]) => requestOf(route, token, odds)) }, { weight: 2, arbitrary: allOdd },
  );
};
