import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from './http-server.ts';
import { HttpProblem, problemType, tryAgainLater, type ProblemDetails } from './problem.ts';

/** Answers every error of a server as problem details; what went wrong inside is logged, never shown. */
export const answerErrorsAsProblems = (server: HttpServer): void => {
  server.setErrorHandler<FastifyError | HttpProblem>((error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'A request failed');
    return answerProblem(request, reply, problem);
  });
  server.setNotFoundHandler((request, reply) =>
    answerProblem(request, reply, new HttpProblem(404, 'There is nothing at this path and method.')),
  );
};

/** An error as the problem that the caller is told: what came from inside is not explained. */
export const asProblem = (error: FastifyError | HttpProblem): HttpProblem => {
  if (error instanceof HttpProblem) return error;
  const explained = explanations[error.code];
  if (explained !== undefined) return withField(...explained);
  const status = error.statusCode ?? 500;
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT')
    return tryAgainLater('The service did not come to an answer in time. Try again in a moment.');
  if (status === 503) return tryAgainLater('The service is stopping. Try again in a moment.');
  return status >= 400 && status < 500
    ? new HttpProblem(status, 'The request is not right.', { errors: [{ field: '', reason: error.message }] })
    : new HttpProblem(500, 'Something went wrong inside the service. The request id finds it in the log.');
};

const withField = (status: number, field: string, reason: string): HttpProblem =>
  new HttpProblem(status, `The ${field === '' ? 'body' : field} ${reason}.`, { errors: [{ field, reason }] });

/** Status, field (`` is the whole body) and reason of what Fastify finds wrong. */
const explanations: Readonly<Record<string, [status: number, field: string, reason: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'content-type', 'must be application/json'],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, '', 'is larger than this service takes'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, '', 'is empty, but JSON is expected'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, '', 'is not valid JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'content-length', 'is not the length of the body'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: [400, 'content-type', 'is missing'],
  FST_ERR_BAD_URL: [400, 'path', 'cannot be decoded'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'path', 'is longer than this service takes'],
};

/** Sends a problem as the answer of a request. */
export const answerProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  { status, message, errors, headers }: HttpProblem,
): FastifyReply => {
  const body: ProblemDetails = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    requestId: request.id,
    ...(errors === undefined ? {} : { errors }),
  };
  return reply
    .code(status)
    .headers({ ...headers, 'content-type': problemType })
    .serializer(JSON.stringify)
    .send(body);
};
