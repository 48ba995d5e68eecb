import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { traceIdOf } from '@earshot/contracts';
import type { Commit } from '@earshot/event-log';
import { aCall } from '@earshot/testkit/events';
import { traceBatch } from './trace-batch.ts';

type Ended = Parameters<SpanProcessor['onEnd']>[0];
let spans: Ended[];
beforeEach(() => {
  spans = [];
  trace.setGlobalTracerProvider(
    new TracerProvider({
      spanProcessors: [
        {
          onStart: () => undefined,
          onEnd: (span) => void spans.push(span),
          forceFlush: async () => undefined,
          shutdown: async () => undefined,
        },
      ],
    }),
  );
});
afterEach(() => {
  trace.disable();
});

const script = aCall().inbound('support');
const parent = {
  traceId: traceIdOf(script.callId),
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};
const commit = (sequence: number): Commit => ({
  id: `c${sequence}`,
  sequence,
  callId: script.callId,
  writer: 'signaling',
  events: script.events,
  trace: trace.setSpanContext(ROOT_CONTEXT, parent),
});

it('the trace of a call goes on to its row, below the span that stored the message', () => {
  traceBatch([commit(7)], Date.now());
  expect(
    spans.map((span) => [span.name, span.kind, span.spanContext().traceId, span.parentSpanContext?.spanId]),
  ).toEqual([['project CALLS', SpanKind.CONSUMER, traceIdOf(script.callId), parent.spanId]]);
});

it('a span of the projection holds no number of a party', () => {
  traceBatch([commit(7)], Date.now());
  expect(JSON.stringify(spans[0]?.attributes)).not.toContain('+41');
});

it('a replay of the log repeats no traces', () => {
  traceBatch(
    Array.from({ length: 51 }, (_, place) => commit(place + 1)),
    Date.now(),
  );
  expect(spans).toEqual([]);
});
