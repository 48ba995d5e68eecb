import { SpanKind, trace } from '@opentelemetry/api';
import type { Commit, StrangeMessage } from '@earshot/event-log';

/** Above this many messages at once it is a replay, whose spans would only repeat what was traced when it happened. */
const liveLimit = 50;

/** Continues the trace of each commit up to its row: a span `project` below the span that appended it. Live messages only. */
export const traceBatch = (messages: readonly (Commit | StrangeMessage)[], startedAt: number): void => {
  if (messages.length > liveLimit) return;
  const tracer = trace.getTracer('@earshot/reporting');
  for (const message of messages) {
    if ('problem' in message || trace.getSpanContext(message.trace) === undefined) continue;
    tracer.startSpan('project', {
      kind: SpanKind.CONSUMER,
      startTime: startedAt,
      attributes: { 'messaging.system': 'nats', 'messaging.operation.type': 'process', 'earshot.call.id': message.callId, 'earshot.sequence': message.sequence },
    }, message.trace).end();
  }
};
