import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, problemType, type ProblemDetails } from './problem.ts';

/** Answers every error of a server as problem details; what went wrong inside is logged, never shown. */
export const answerErrorsAsProblems = (server: FastifyInstance): void => {
  server.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'A request failed');
    return answer(request, reply, problem);
  });
  server.setNotFoundHandler((request, reply) => answer(request, reply, new HttpProblem(404, 'There is nothing at this path and method.')));
};

const asProblem = (error: FastifyError | HttpProblem): HttpProblem => {
  if (error instanceof HttpProblem) return error;
  const explained = explanations[error.code];
  if (explained !== undefined) return new HttpProblem(...explained);
  const status = error.statusCode ?? 500;
  if (status === 503) return new HttpProblem(503, 'The service is stopping. Try again in a moment.', { headers: { 'retry-after': '1' } });
  return status >= 400 && status < 500 ? new HttpProblem(status, error.message) : new HttpProblem(500, 'Something went wrong inside the service. The request id finds it in the log.');
};

const explanations: Readonly<Record<string, [number, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'The body must be JSON, with content-type: application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'The body is larger than this service takes.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'The body is empty, but JSON is expected.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'The length of the body is not what content-length says.'],
};

const answer = (request: FastifyRequest, reply: FastifyReply, { status, message, errors, headers }: HttpProblem): FastifyReply => {
  const body: ProblemDetails = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message, requestId: request.id, ...(errors === undefined ? {} : { errors }) };
  return reply.code(status).headers({ ...headers, 'content-type': problemType }).serializer(JSON.stringify).send(body);
};
