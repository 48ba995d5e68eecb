import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One span as a service exported it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
}

/** A receiver of OTLP/HTTP in JSON on loopback that keeps what it gets. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  metricNames(): ReadonlySet<string>;
  /** Everything received as text, to search for what must not be in it; short digits turn up by chance in its ids and timestamps. */
  text(): string;
  /** Resolves with all spans when the condition holds. @throws after `timeoutMs` (default 10 000), naming the spans that were there */
  until(
    condition: (spans: readonly ReceivedSpan[]) => boolean,
    timeoutMs?: number,
  ): Promise<readonly ReceivedSpan[]>;
}

interface OtlpValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: OtlpValue[] };
}
interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}
interface OtlpBody {
  resourceSpans?: { resource?: { attributes?: OtlpAttribute[] }; scopeSpans?: { spans?: OtlpSpan[] }[] }[];
  resourceMetrics?: { scopeMetrics?: { metrics?: { name: string }[] }[] }[];
}

/** Numbers of the OTLP protocol: SpanKind 0 is unspecified, 1 internal; StatusCode 2 is error. */
const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const errorStatus = 2;

const valueOf = (value: OtlpValue): unknown =>
  value.arrayValue?.values?.map(valueOf) ??
  value.stringValue ??
  value.boolValue ??
  value.doubleValue ??
  (value.intValue === undefined ? undefined : Number(value.intValue));

const recordOf = (attributes: readonly OtlpAttribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

const spanOf = (service: string, span: OtlpSpan): ReceivedSpan => ({
  service,
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
  name: span.name,
  kind: kinds[span.kind ?? 0] ?? 'internal',
  startedAt: Number(span.startTimeUnixNano) / 1e6,
  endedAt: Number(span.endTimeUnixNano) / 1e6,
  attributes: recordOf(span.attributes),
  links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  failed: span.status?.code === errorStatus,
});

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** Starts a receiver on a free loopback port. */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const spans: ReceivedSpan[] = [];
  const metrics = new Set<string>();
  const bodies: string[] = [];
  const take = (text: string): void => {
    bodies.push(text);
    const body = JSON.parse(text) as OtlpBody;
    for (const { resource, scopeSpans = [] } of body.resourceSpans ?? []) {
      const service =
        resource?.attributes?.find(({ key }) => key === 'service.name')?.value.stringValue ?? 'unknown';
      spans.push(...scopeSpans.flatMap((scope) => scope.spans ?? []).map((span) => spanOf(service, span)));
    }
    for (const { scopeMetrics = [] } of body.resourceMetrics ?? [])
      for (const { name } of scopeMetrics.flatMap((scope) => scope.metrics ?? [])) metrics.add(name);
  };
  const server = createServer((request, response) => {
    textOf(request)
      .then(take)
      .then(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        () => response.writeHead(400).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    metricNames: () => metrics,
    text: () => bodies.join('\n'),
    async until(condition, timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      while (!condition(spans)) {
        if (Date.now() > deadline)
          throw new Error(
            `The spans that were awaited did not come within ${timeoutMs} ms. There were: ${spans.map(({ service, name }) => `${service} "${name}"`).join(', ') || 'none'}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return spans;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
