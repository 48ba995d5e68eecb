import { traceIdOf } from '@earshot/contracts';
import { SpanKind, context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyPressed, keyService, numberedCall } from '../fixtures/keys-service.ts';
import { openMemoryStore, runDecisions } from '../index.ts';

const spans = new InMemorySpanExporter();
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
});
afterAll(() => {
  trace.disable();
  propagation.disable();
  context.disable();
});

test('all decisions on a call stand in one trace, each below the message that caused it, and show no key', async () => {
  const call = numberedCall(1);
  const process = openMemoryStore().connect();
  const { log, coordination } = process;
  const cause = trace.getTracer('test').startSpan(
    'report',
    {},
    trace.setSpanContext(context.active(), {
      traceId: traceIdOf(call),
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
    }),
  );
  await context.with(trace.setSpan(context.active(), cause), () =>
    log.append({
      callId: call,
      writer: 'signaling',
      id: `${call}.signaling.SWITCH.1`,
      causation: { source: 'SWITCH', id: '1', sequence: null },
      events: [keyPressed(call, '7')],
      expectedSequence: 0,
    }),
  );
  await using running = await runDecisions({ service: keyService, log, coordination });
  await running.decide(call, { type: 'note', setting: 'never' }, { source: 'API', id: 'request' });
  const decided = spans.getFinishedSpans();
  expect(decided.map(({ name, kind }) => [name, kind])).toEqual([
    ['decide key', SpanKind.CONSUMER],
    ['decide note', SpanKind.CONSUMER],
  ]);
  expect(decided.map((span) => span.spanContext().traceId)).toEqual([traceIdOf(call), traceIdOf(call)]);
  expect(decided[0]?.parentSpanContext?.spanId).toBe(cause.spanContext().spanId);
  expect(decided[0]?.attributes).toEqual({
    'earshot.call_id': call,
    'earshot.service': 'recording-consent',
    'earshot.outcome': 'accepted',
  });
  const commits = await log.load(call, ['recording-consent']);
  expect(commits.map((commit) => trace.getSpanContext(commit.trace)?.spanId)).toEqual(
    decided.map((span) => span.spanContext().spanId),
  );
});
