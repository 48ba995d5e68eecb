import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { listenOn, type HttpServerOptions } from './http-server.ts';
import { problemType } from './problem.ts';
import { createLoggedServer, token } from './testing/logged-server.ts';

const authorization = `authorization: Bearer ${token}`;

const start = async (options: Partial<HttpServerOptions> = {}) => {
  const { server } = await createLoggedServer(options);
  server.put(
    '/echo/:id',
    {
      config: { right: 'self:read' },
      schema: { params: Type.Object({ id: Type.String() }), body: Type.Object({}) },
    },
    () => ({}),
  );
  server.get('/never', { config: { right: 'self:read' } }, () => new Promise(() => {}));
  const { port } = new URL(await listenOn(server, { HOST: '127.0.0.1', PORT: 0 }));
  /** Sends bytes as they are and gives what comes back until the connection is closed. */
  const send = (text: string) =>
    new Promise<{ status: number; type: string; body: Record<string, unknown> }>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text, 'latin1'));
      socket.on('data', (part) => {
        answer += part.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
        const type = /^content-type: (.*)$/im.exec(head)?.[1] ?? '';
        resolve({
          status: Number(head.split(' ')[1]),
          type,
          body: JSON.parse(body === '' ? '{}' : body) as Record<string, unknown>,
        });
      });
    });
  return { server, send, [Symbol.asyncDispose]: () => server.close() };
};

const put = (path: string, ...headers: string[]) =>
  [
    `PUT ${path} HTTP/1.1`,
    'connection: close',
    authorization,
    'content-type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n');

test.each([
  ['a path that cannot be decoded', put('/echo/%zz', 'host: a', 'content-length: 0'), 400, 'path'],
  ['a path that is half a character', put('/echo/%ff', 'host: a', 'content-length: 0'), 400, 'path'],
  ['a path that is too long', put(`/echo/${'x'.repeat(2000)}`, 'host: a', 'content-length: 0'), 414, 'path'],
  ['no host', put('/echo/1', 'content-length: 0'), 400, 'host'],
  [
    'an expectation that nobody meets',
    put('/echo/1', 'host: a', 'expect: miracles', 'content-length: 0'),
    417,
    'expect',
  ],
  ['headers without end', put('/echo/1', 'host: a', `x-padding: ${'x'.repeat(20_000)}`), 431, 'headers'],
  ['a length that is none', put('/echo/1', 'host: a', 'content-length: -1'), 400, ''],
  ['a method that there is not', 'WALK / HTTP/1.1\r\nhost: a\r\n\r\n', 400, ''],
  ['anything but HTTP', 'Good morning\r\n\r\n', 400, ''],
])('%s is refused as a problem that names it', async (_, text, status, field) => {
  await using http = await start();
  const answer = await http.send(text);
  expect(answer).toMatchObject({
    status,
    type: problemType,
    body: { status, type: 'about:blank', errors: [{ field }] },
  });
  expect(String(answer.body['detail'])).toMatch(/^The .*\.$/);
});

test('a request that does not arrive is given up, and its connection closed', async () => {
  await using http = await start({ timeoutMs: 200 });
  expect(await http.send(put('/echo/1', 'host: a', 'content-length: 10'))).toMatchObject({
    status: 408,
    type: problemType,
  });
});

test('a route that does not come to an end is answered for, and does not keep the others waiting', async () => {
  await using http = await start({ timeoutMs: 100 });
  const never = http.server.inject({
    url: '/never',
    headers: { host: 'a', authorization: `Bearer ${token}` },
  });
  await setTimeout(20);
  expect((await http.server.inject('/health/live')).statusCode).toBe(200);
  const answer = await never;
  expect([answer.statusCode, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
    503,
    problemType,
    '1',
  ]);
  expect(answer.json()).toMatchObject({
    detail: 'The service did not come to an answer in time. Try again in a moment.',
  });
});
