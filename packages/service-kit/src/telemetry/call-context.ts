import { traceIdOf, type CallId } from '@earshot/contracts';
import { ROOT_CONTEXT, TraceFlags, trace, type Context } from '@opentelemetry/api';

/**
 * Parent of the first span of a call, wherever that span is made: the trace id is the CallId without hyphens, the
 * parent span id its last 16 hex digits. Those begin with the variant bits of a UUID, so they are never all zero,
 * which W3C Trace Context forbids. No span is ever recorded under that id.
 */
export const callContext = (callId: CallId): Context => {
  const traceId = traceIdOf(callId);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: traceId.slice(-16), traceFlags: TraceFlags.SAMPLED, isRemote: true });
};
