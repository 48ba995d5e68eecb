import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { answerProblem, asProblem } from './error-answers.ts';
import { HttpProblem, problemType } from './problem.ts';
import type { HttpServer } from './http-server.ts';

type ClientError = Parameters<NonNullable<FastifyServerOptions['clientErrorHandler']>>[0];

/** Answers what comes to no route: a path that cannot be decoded or is too long. An option of Fastify. */
export const answerFrameworkError = (
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void => {
  void answerProblem(request, reply, asProblem(error));
};

/** Answers what is no HTTP, or came too slowly, and ends the connection. An option of Fastify. */
export const answerClientError = (error: ClientError, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, field, reason } = clientErrors[error.code] ?? {
    status: 400,
    field: '',
    reason: 'is not valid HTTP',
  };
  const title = STATUS_CODES[status] ?? 'Error';
  const detail = `The request ${field === '' ? '' : `has ${field} that `}${reason}.`;
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, errors: [{ field, reason }] });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
};

const clientErrors: Readonly<
  Record<string, { readonly status: number; readonly field: string; readonly reason: string }>
> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, field: '', reason: 'did not arrive in time' },
  HPE_HEADER_OVERFLOW: { status: 431, field: 'headers', reason: 'are larger than this service takes' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, field: 'body', reason: 'is larger than this service takes' },
};

/** Refuses what Node.js would answer without a word: no Host header, an expectation that nobody meets. */
export const refuseOddHeaders = (server: HttpServer): void => {
  server.addHook('onRequest', (request, _reply, done) => {
    const { headers, raw } = request;
    const refuse = (status: number, field: string, reason: string): void =>
      done(new HttpProblem(status, `The header ${field} ${reason}.`, { errors: [{ field, reason }] }));
    if (raw.httpVersion === '1.1' && (headers.host ?? '') === '') return refuse(400, 'host', 'is missing');
    if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
      return refuse(417, 'expect', 'must be 100-continue');
    done();
  });
  // Without a listener Node.js answers by itself; the hook above does it in our words.
  server.server.on('checkExpectation', (request, response) => {
    server.routing(request, response);
  });
};
