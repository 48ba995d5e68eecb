import {
  SpanKind,
  SpanStatusCode,
  context,
  metrics,
  propagation,
  trace,
  type Span,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import { attributeNames, metricNames } from '@earshot/contracts';
import type { HttpServer } from './http-server.ts';

const scope = '@earshot/service-kit';

/** Gives each request a span (child of the caller's, by W3C headers), a duration in the metrics and one log line; by route, never by path. */
export const observeRequests = (server: HttpServer): void => {
  const spans = new WeakMap<FastifyRequest, Span>();
  const duration = metrics
    .getMeter(scope)
    .createHistogram(metricNames.httpDuration, { unit: 's', description: 'Duration of HTTP requests' });
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.quiet === true) return done();
    const parent = propagation.extract(context.active(), request.headers);
    const span = trace.getTracer(scope).startSpan(
      `${request.method} ${routeOf(request)}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          [attributeNames.httpMethod]: request.method,
          [attributeNames.httpRoute]: routeOf(request),
          [attributeNames.urlScheme]: 'http',
        },
      },
      parent,
    );
    spans.set(request, span);
    context.with(trace.setSpan(parent, span), done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    const status = reply.statusCode;
    const isLetIn = request.routeOptions.config.quiet === 'unless refused' && status < 400;
    if (span === undefined || isLetIn) return done();
    const ms = reply.elapsedTime;
    span.setAttribute(attributeNames.httpStatus, status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    duration.record(ms / 1000, {
      [attributeNames.httpMethod]: request.method,
      [attributeNames.httpRoute]: routeOf(request),
      [attributeNames.httpStatus]: status,
    });
    const { traceId, spanId } = span.spanContext();
    context.with(trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: 1 }), () =>
      request.log.info(
        { method: request.method, route: routeOf(request), status, ms: Math.round(ms) },
        'Request answered',
      ),
    );
    done();
  });
};

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown route';
