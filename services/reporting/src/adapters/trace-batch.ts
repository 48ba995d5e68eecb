import { SpanKind, trace } from '@opentelemetry/api';
import { attributeNames, callsStream, spanNames } from '@earshot/contracts';
import type { Commit, UnreadableMessage } from '@earshot/event-log';

/** Above this many messages at once it is a replay, whose spans would only repeat what was traced when it happened. */
const liveLimit = 50;

/** Continues the trace of each commit up to its row: a span `project` below the span that appended it. Live messages only. */
export const traceBatch = (messages: readonly (Commit | UnreadableMessage)[], startedAt: number): void => {
  if (messages.length > liveLimit) return;
  const tracer = trace.getTracer('@earshot/reporting');
  for (const message of messages) {
    if ('problem' in message || trace.getSpanContext(message.trace) === undefined) continue;
    tracer
      .startSpan(
        spanNames.project,
        {
          kind: SpanKind.CONSUMER,
          startTime: startedAt,
          attributes: {
            [attributeNames.messagingSystem]: 'nats',
            [attributeNames.messagingOperationType]: 'process',
            [attributeNames.messagingDestination]: callsStream.name,
            [attributeNames.callId]: message.callId,
            [attributeNames.causeSequence]: message.sequence,
            [attributeNames.writer]: message.writer,
          },
        },
        message.trace,
      )
      .end();
  }
};
