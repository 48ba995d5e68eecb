import fc from 'fast-check';
import { someIds, type Route } from './described-routes.ts';

const oddTexts = [
  '',
  ' ',
  '\0',
  '\uD800',
  '\uDFFF\uD800',
  '\u202E',
  'ﷺ'.repeat(50),
  'x'.repeat(5_000),
  '../../etc/passwd',
  '%s%n',
  '*',
  '>',
  'a.b',
  '__proto__',
  'constructor',
  'toString',
  '<script>',
  "' or 1=1 --",
  '{{7*7}}',
  '+41',
  '-1',
  'NaN',
  'null',
  'undefined',
  '\r\nx: y',
  '𝕊',
  'é'.normalize('NFD'),
];
const oddValues = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e308,
  [],
  {},
  [[]],
  [null],
  { length: 1e9 },
  ...oddTexts,
];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...oddValues),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.jsonValue({ maxDepth: 4 }),
);
const oddName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'then', '', '0', '$ref', '\0'),
  fc.string(),
);

/** JSON text that a value cannot express. */
const oddJson = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\uFEFF{}',
    '{',
    '}',
    '[',
    '"',
    '{"a":',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    'undefined',
    'NaN',
    '1e999',
    '{"a":1e999}',
    '-',
    '0x10',
    '{"a":1}{"b":2}',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{"a":1}}}',
    '{"name":"\\ud800"}',
    '{"name":"\\u0000"}',
    '{"name":1,"name":2}',
    '"\\x"',
    '// {}',
  ),
  fc.integer({ min: 100, max: 50_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.integer({ min: 100, max: 20_000 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.integer({ min: 200_000, max: 400_000 }).map((length) => JSON.stringify({ name: 'x'.repeat(length) })),
  fc
    .integer({ min: 1_000, max: 20_000 })
    .map((count) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n]))),
    ),
  fc.string({ unit: 'binary' }),
);

/** A body that fits the route, with one field odd, missing, or too many. */
const spoilt = (body: unknown): fc.Arbitrary<string> => {
  const fields =
    typeof body === 'object' && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : {};
  const names = Object.keys(fields);
  const one =
    names.length === 0
      ? oddName
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: oddName });
  return fc.oneof(
    fc.tuple(one, oddValue).map(([name, value]) => JSON.stringify({ ...fields, [name]: value })),
    one.map((name) =>
      JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))),
    ),
    oddValue.map((value) => JSON.stringify(value) ?? 'undefined'),
  );
};

const bytesOfNoText = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
/** A body with something wrong for this route. */
export const bodyOf = (route: Route): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 5, arbitrary: spoilt(route.body).map((text) => Buffer.from(text)) },
    { weight: 3, arbitrary: oddJson.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: bytesOfNoText },
  );

const percent = (text: string): string =>
  [...Buffer.from(text.toWellFormed())].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
/** What stands in a path for a name: encoded, half encoded, or bytes as they are. */
export const segment = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...someIds) },
  { weight: 1, arbitrary: fc.constantFrom(...oddTexts).map(percent) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map(percent) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '%',
      '%0',
      '%zz',
      '%00',
      '%ff',
      '%c0%af',
      '%ed%a0%80',
      '%2e%2e',
      '%2f',
      '..',
      '.',
      '',
      ';',
      '?',
      '#',
      'a%20b',
      '%E0%A4%A',
      '\xFF',
      '\x7F',
      'x'.repeat(3_000),
    ),
  },
);
/** What stands behind a path that asks for no query. */
export const query = fc.constantFrom(
  '?',
  '?a',
  '?a=1&a=2',
  '?__proto__=1',
  '?a[b]=c',
  '?%zz',
  `?a=${'x'.repeat(5_000)}`,
  '?a=%00',
  '??',
  '?id=%ff',
);

/** Content types that are not, or not quite, what is asked for. */
export const oddTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/JSON;charset=nonsense',
  'text/plain',
  'application/xml',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'json',
  '',
  '/',
  'application/json, text/html',
  '\x80',
];
/** Lines of a head that nobody should send. */
export const moreHeaders = fc.constantFrom(
  'if-match: "0"',
  'if-match: yesterday',
  'if-match: "999999999999999"',
  'if-match: W/"1"',
  'if-match: *, "2"',
  'if-match: ',
  'accept: image/png',
  'accept-encoding: nonsense',
  'expect: miracles',
  'x-forwarded-for: \'"<>',
  'x-forwarded-host: [::',
  'x-forwarded-proto: gopher',
  'traceparent: 00-zz',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'tracestate: ,,,=',
  'baggage: a=b,%zz',
  'accept-version: 9',
  'cookie: \x01',
  'upgrade: websocket',
  'connection: upgrade',
  'transfer-encoding: gzip',
  'content-encoding: gzip',
  'range: bytes=9-1',
  'content-length: -1',
  'content-length: 1, 2',
  'content-length: 99999999999999999999',
  'no colon here',
  ': no name',
  `x-long: ${'x'.repeat(20_000)}`,
  'host: ',
  'host: a/b',
  'x-http-method-override: DELETE',
);
/** Methods, whether a route has them or HTTP knows them. */
export const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'MKCOL',
  'QUERY',
  'SEARCH',
  'get',
  'WALK',
  '',
];
