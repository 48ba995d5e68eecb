import {
  SpanKind,
  SpanStatusCode,
  context,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { attributeNames } from '@earshot/contracts';

export interface SpanAbout {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Default: the active context. For the first span of a call: `callContext(callId)`. */
  readonly parent?: Context;
}

/** Does work within a span that is active meanwhile and ends with it; a failure marks it by the error's name, never by its message. */
export const withSpan = async <T>(
  tracer: Tracer,
  name: string,
  about: SpanAbout,
  work: (span: Span) => Promise<T> | T,
): Promise<T> => {
  const parent = about.parent ?? context.active();
  const span = tracer.startSpan(
    name,
    { kind: about.kind ?? SpanKind.INTERNAL, attributes: about.attributes ?? {} },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    const type = error instanceof Error ? error.name : 'Error';
    span
      .setAttribute(attributeNames.errorType, type)
      .setStatus({ code: SpanStatusCode.ERROR, message: type });
    throw error;
  } finally {
    span.end();
  }
};
