import { startOtlpReceiver } from '@earshot/testkit/telemetry';
import { request as rawRequest } from 'node:http';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { startTelemetry } from '../telemetry/telemetry.ts';
import { listenOn, type HttpServerOptions } from './http-server.ts';
import { problemType } from './problem.ts';
import { createLoggedServer, token } from './testing/logged-server.ts';

const start = async (options: Partial<HttpServerOptions> = {}) => {
  const { server, lines } = await createLoggedServer({ bodyLimit: 1000, ...options });
  server.post(
    '/echo/:extension',
    {
      config: { right: 'self:read' },
      schema: {
        params: Type.Object({ extension: Type.String({ pattern: '^[0-9]+$' }) }),
        querystring: Type.Object({ page: Type.Integer({ default: 1, minimum: 1 }) }),
        body: Type.Object({ count: Type.Integer(), note: Type.Optional(Type.String()) }),
      },
    },
    ({ body, query }) => ({ count: body.count, page: query.page }),
  );
  server.get('/broken', { config: { right: 'self:read' } }, () => {
    throw new Error('password of the database is 1234');
  });
  const url = await listenOn(server, { HOST: '127.0.0.1', PORT: 0 });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      headers: response.headers,
      text,
      body: type.includes('json') ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };
  const post = (path: string, body: string, type = 'application/json') =>
    ask(path, { method: 'POST', body, headers: { 'content-type': type } });
  return { server, url, ask, post, lines, [Symbol.asyncDispose]: () => server.close() };
};

test('a request that is right is answered, its query converted and defaulted', async () => {
  await using http = await start();
  expect((await http.post('/echo/87654321?page=2', '{"count":1}')).body).toEqual({ count: 1, page: 2 });
  expect((await http.post('/echo/87654321', '{"count":1}')).body).toEqual({ count: 1, page: 1 });
});

test('a field that the body may not have is refused by its name, and nothing is converted', async () => {
  await using http = await start();
  const { status, type, body } = await http.post('/echo/87654321', '{"count":"1","colour":"red"}');
  expect([status, type]).toEqual([422, problemType]);
  expect(body).toMatchObject({
    type: 'about:blank',
    title: 'Unprocessable Entity',
    status: 422,
    errors: [
      { field: 'count', reason: 'must be an integer' },
      { field: 'colour', reason: 'is not a known field' },
    ],
  });
});

test('a path or query that is wrong is refused with the field', async () => {
  await using http = await start();
  expect(await http.post('/echo/olivia', '{"count":1}')).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'extension' }] },
  });
  expect(await http.post('/echo/87654321?page=0', '{"count":1}')).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'page', reason: 'must be an integer of at least 1' }] },
  });
});

test('every other misfortune is a problem too, in a sentence', async () => {
  await using http = await start();
  const answers = await Promise.all([
    http.post('/echo/87654321', '{"count":'),
    http.post('/echo/87654321', ''),
    http.post('/echo/87654321', 'x'.repeat(2000)),
    http.post('/echo/87654321', 'count=1', 'text/plain'),
    http.ask('/nowhere'),
    http.ask('/echo/87654321'),
    http.post('/echo/87654321', '{"count":1,"__proto__":{"a":1}}'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 413, 415, 404, 404, 400]);
  for (const { type, body, headers } of answers) {
    expect(type).toBe(problemType);
    expect(body['detail']).toMatch(/\.$/);
    expect(body['requestId']).toBe(headers.get('x-request-id'));
  }
});

test('a request that is not HTTP, or has no end, is refused without harm', async () => {
  await using http = await start();
  const status = await new Promise((resolve) =>
    rawRequest(
      `${http.url}/echo/87654321`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': 5000,
          authorization: `Bearer ${token}`,
        },
      },
      (response) => resolve(response.statusCode),
    )
      .on('error', resolve)
      .end('{}'),
  );
  expect(status).toBe(413);
  expect((await http.ask('/health/live')).status).toBe(200);
});

test('a failure inside is logged and not shown', async () => {
  await using http = await start();
  const { status, text, body } = await http.ask('/broken');
  expect(status).toBe(500);
  expect(text).not.toContain('password');
  expect(http.lines.find((line) => line.includes('A request failed'))).toContain(String(body['requestId']));
});

test('a log line names the route, never the path with the extension', async () => {
  await using http = await start();
  await http.post('/echo/87654321', '{"count":1}');
  const line = http.lines.find((text) => text.includes('Request answered'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({ method: 'POST', route: '/echo/:extension', status: 200 });
  expect(http.lines.join()).not.toContain('87654321');
});

test('readiness says why not, and that the process stops', async () => {
  const stop = new AbortController();
  let state: boolean | string = 'NATS is away';
  await using http = await start({ ready: () => state, stopping: stop.signal });
  expect(await http.ask('/health/ready')).toMatchObject({ status: 503, body: { reasons: ['NATS is away'] } });
  state = true;
  expect((await http.ask('/health/ready')).status).toBe(200);
  stop.abort();
  expect(await http.ask('/health/ready')).toMatchObject({ status: 503, body: { reasons: ['stopping'] } });
  expect((await http.ask('/health/live')).status).toBe(200);
});

test('the API asks for its token, as bearer or basic, while health and docs stay open', async () => {
  await using http = await start();
  const as = (authorization: string) => http.ask('/broken', { headers: { authorization } });
  const refused = await as('');
  expect([refused.status, refused.type]).toEqual([401, problemType]);
  expect(refused.headers.get('www-authenticate')).toContain('Bearer');
  const statuses = await Promise.all([
    as('Bearer wrong-horse'),
    as('Bearer'),
    as(`Basic ${btoa('admin:wrong')}`),
    as(`Bearer ${token}`),
    as(`Basic ${btoa(`admin:${token}`)}`),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401, 500, 500]);
  const open = await Promise.all(
    ['/health/live', '/docs/', '/docs/json', '/docs/static/swagger-ui.css'].map((path) =>
      http.ask(path, { headers: { authorization: '' } }),
    ),
  );
  expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await http.ask('/nowhere', { headers: { authorization: '' } })).status).toBe(401);
});

test('the OpenAPI page works without any other host', async () => {
  await using http = await start();
  const page = await http.ask('/docs/');
  expect(page.status).toBe(200);
  expect(page.text).not.toMatch(/(src|href)="https?:/);
  expect((await http.ask('/docs/json')).body).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'Earshot test', version: '1.0.0' },
    paths: { '/echo/{extension}': {} },
  });
});

test('a DELETE without a body is taken although it names the type of one', async () => {
  const { server } = await createLoggedServer({});
  server.delete('/gone', { config: { right: 'self:read' } }, () => ({ gone: true }));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asked = { method: 'DELETE', url: '/gone', headers } as const;
  expect((await server.inject(asked)).json()).toEqual({ gone: true });
  expect((await server.inject({ ...asked, body: '{' })).statusCode).toBe(400);
  await server.close();
});

test('a taken port is said in a sentence', async () => {
  await using first = await start();
  const { server: second } = await createLoggedServer({});
  const PORT = Number(new URL(first.url).port);
  await expect(listenOn(second, { HOST: '127.0.0.1', PORT })).rejects.toThrow(
    `Port ${PORT} on 127.0.0.1 is taken by another program`,
  );
  await second.close();
});

test('a route that is quiet unless refused makes a line and a span of a refusal, and of nothing else', async () => {
  const { server, lines } = await createLoggedServer({});
  const config = { right: 'self:read', quiet: 'unless refused' } as const;
  server.get('/stream', { config }, () => 'a long answer');
  const answered = () => lines.filter((line) => line.includes('Request answered')).length;
  await server.inject({ url: '/stream', headers: { authorization: `Bearer ${token}` } });
  expect(answered()).toBe(0);
  await server.inject({ url: '/stream' });
  expect(answered()).toBe(1);
  expect(lines.join('')).toContain('"status":401');
  await server.close();
});

test('a request has a span below that of who asked, and its log line names it', async () => {
  await using receiver = await startOtlpReceiver();
  const lines: string[] = [];
  {
    await using _telemetry = startTelemetry({
      service: 'test',
      version: '1.0.0',
      instance: 'one',
      endpoint: receiver.url,
    });
    await using http = await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await http.ask('/echo/87654321', {
      method: 'POST',
      body: '{"count":1}',
      headers: { 'content-type': 'application/json', traceparent },
    });
    await http.ask('/health/live');
    lines.push(...http.lines);
  }
  const spans = await receiver.until((all) => all.length > 0);
  expect(spans).toMatchObject([
    {
      name: 'POST /echo/:extension',
      kind: 'server',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      attributes: { 'http.response.status_code': 200 },
    },
  ]);
  expect(lines.find((line) => line.includes('Request answered'))).toContain(spans[0]?.spanId);
  expect(receiver.text()).not.toContain('87654321');
});
