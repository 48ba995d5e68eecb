import { attributeNames, metricNames, spanNames, traceIdOf } from '@earshot/contracts';
import { rootContextOf } from '@earshot/event-log';
import { startOtlpReceiver } from '@earshot/testkit/telemetry';
import { SpanKind, context, propagation, trace } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { looksPersonal } from './personal-data-guard.ts';
import { startTelemetry } from './telemetry.ts';
import { withSpan } from './with-span.ts';

const callId = '01934567-89ab-7cde-8f01-23456789abcd';
afterEach(() => {
  vi.unstubAllEnvs();
});
const identity = { service: 'signaling', version: '1.2.3', instance: 'one' };

test('spans of a call arrive in the trace that its call id names, the second service below the first', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = startTelemetry({ ...identity, endpoint: `${receiver.url}/` });
    const headers: Record<string, string> = {};
    await withSpan(
      telemetry.tracer,
      spanNames.switchOperation,
      {
        parent: rootContextOf(callId),
        kind: SpanKind.PRODUCER,
        attributes: { [attributeNames.callId]: callId },
      },
      async () => {
        await Promise.resolve();
        propagation.inject(context.active(), headers);
      },
    );
    await withSpan(
      telemetry.tracer,
      `${spanNames.decide} KeyPressed`,
      { parent: propagation.extract(context.active(), headers) },
      () => undefined,
    );
    telemetry.meter.createCounter(metricNames.decisions).add(1);
  }
  const spans = await receiver.until((all) => all.length === 2);
  const first = spans.find(({ name }) => name === 'switch');
  const second = spans.find(({ name }) => name === 'decide KeyPressed');
  expect(first).toMatchObject({
    service: 'signaling',
    traceId: traceIdOf(callId),
    parentSpanId: '8f0123456789abcd',
    kind: 'producer',
    attributes: { 'earshot.call_id': callId },
  });
  expect(second).toMatchObject({ traceId: traceIdOf(callId), parentSpanId: first?.spanId });
  expect(receiver.metricNames()).toContain(metricNames.decisions);
});

test('a failure marks its span by the name of the error, without its message', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = startTelemetry({ ...identity, endpoint: receiver.url });
    const failing = withSpan(telemetry.tracer, 'switch answer', {}, () => {
      throw new RangeError('number +41795551001');
    });
    await expect(failing).rejects.toThrow(RangeError);
  }
  const [span] = await receiver.until((all) => all.length === 1);
  expect(span).toMatchObject({ failed: true, attributes: { 'error.type': 'RangeError' } });
  expect(receiver.text()).not.toContain('795551001');
});

test('a number or a key in a span leaves no process, whoever put it there', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = startTelemetry({ ...identity, endpoint: receiver.url });
    telemetry.tracer
      .startSpan('slip', {
        attributes: {
          key: '3',
          caller: '+41795551001',
          text: 'from 0795551001 on',
          list: ['1001'],
          [attributeNames.messagingMessageId]: '42',
          [attributeNames.callId]: callId,
        },
      })
      .end();
  }
  const [span] = await receiver.until((all) => all.length === 1);
  expect(span?.attributes).toEqual({
    key: '[removed]',
    caller: '[removed]',
    text: '[removed]',
    list: '[removed]',
    'messaging.message.id': '42',
    'earshot.call_id': callId,
  });
});

test('ids, subjects and names of events are not taken for numbers', () => {
  const harmless = [
    callId,
    traceIdOf(callId),
    `${callId}-l2`,
    `calls.0.17.${callId}.signaling`,
    'KeyPressed',
    '/settings/extensions/:id',
  ];
  expect(harmless.filter((value) => looksPersonal('any', value))).toEqual([]);
});

test('without a receiver nothing is recorded, but the trace of a call still travels', async () => {
  await using telemetry = startTelemetry(identity);
  const headers: Record<string, string> = {};
  const recording = await withSpan(
    telemetry.tracer,
    'decide',
    { parent: rootContextOf(callId) },
    async (span) => {
      await Promise.resolve();
      propagation.inject(context.active(), headers);
      return span.isRecording();
    },
  );
  expect(recording).toBe(false);
  expect(headers['traceparent']).toBe(`00-${traceIdOf(callId)}-8f0123456789abcd-01`);
  expect(trace.getActiveSpan()).toBeUndefined();
});

test('attributes of the resource come from OTEL_RESOURCE_ATTRIBUTES, the name of the service from itself', async () => {
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=lab,service.name=other');
  vi.stubEnv('OTEL_SERVICE_NAME', 'other');
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = startTelemetry({ ...identity, endpoint: receiver.url });
    telemetry.tracer.startSpan('one').end();
  }
  const [span] = await receiver.until((all) => all.length === 1);
  expect(span?.service).toBe('signaling');
  expect(receiver.text()).toContain('deployment.environment.name');
  expect(process.env['OTEL_EXPORTER_OTLP_PROTOCOL']).toBeUndefined();
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'none', false, true],
  ['OTEL_METRICS_EXPORTER', 'none', true, false],
  ['OTEL_TRACES_SAMPLER', 'always_off', false, true],
  ['OTEL_SDK_DISABLED', 'true', false, false],
])('%s=%s: spans leave %s, metrics leave %s', async (name, value, spans, metrics) => {
  vi.stubEnv(name, value);
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = startTelemetry({ ...identity, endpoint: receiver.url });
    telemetry.tracer.startSpan('one').end();
    telemetry.meter.createCounter(metricNames.decisions).add(1);
  }
  expect(receiver.spans().length > 0).toBe(spans);
  expect(receiver.metricNames().size > 0).toBe(metrics);
});

test('an endpoint that would have no effect ends the start', () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://127.0.0.1:1/v1/traces');
  expect(() => startTelemetry(identity)).toThrow(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT only redirects: set OTEL_EXPORTER_OTLP_ENDPOINT too',
  );
});

test('baggage of a client does not travel on, whatever OTEL_PROPAGATORS says', async () => {
  vi.stubEnv('OTEL_PROPAGATORS', 'tracecontext,baggage');
  await using _telemetry = startTelemetry(identity);
  const headers: Record<string, string> = {};
  propagation.inject(propagation.extract(rootContextOf(callId), { baggage: 'caller=Benjamin' }), headers);
  expect(Object.keys(headers)).toEqual(['traceparent']);
});

test('every attribute and metric has one name, ours under earshot', () => {
  const names = [...Object.values(attributeNames), ...Object.values(metricNames)];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^(earshot|messaging|http|url|error)\.[a-z._]+$/);
});
