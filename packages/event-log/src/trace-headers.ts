import { ROOT_CONTEXT, context, propagation, type Context } from '@opentelemetry/api';

/** The active trace context as W3C headers; empty when no telemetry is set up. */
export const activeTraceHeaders = (): Readonly<Record<string, string>> => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
};

/** The trace context that headers carry. */
export const traceOf = (headers: Readonly<Record<string, string>>): Context =>
  propagation.extract(ROOT_CONTEXT, headers);
