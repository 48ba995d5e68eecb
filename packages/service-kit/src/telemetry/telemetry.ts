import { context, metrics, propagation, trace, type Meter, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createPersonalDataGuard } from './personal-data-guard.ts';

/** How often finished spans and metrics leave the process, in milliseconds. */
const spanIntervalMs = 500;
const metricIntervalMs = 15_000;
/** How often a failing export is told of, in milliseconds. */
const problemIntervalMs = 60_000;
/** Longest time that the last export may take when the process stops, in milliseconds. */
const exportTimeoutMs = 3_000;

/** The telemetry of a process. Without an endpoint spans and metrics cost next to nothing, but trace ids still travel. */
export interface Telemetry extends AsyncDisposable {
  readonly exporting: boolean;
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** Sends what is finished, now. */
  flush(): Promise<void>;
}

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  /** Base URL of an OTLP/HTTP receiver; undefined: nothing is exported. */
  readonly endpoint?: string | undefined;
  /** Told when an export fails, at most once a minute; the spans of that export are lost. */
  readonly onProblem?: (sentence: string) => void;
}

/** Starts the telemetry of this process; once, before anything that makes spans. */
export const startTelemetry = ({
  service,
  version,
  instance,
  endpoint,
  onProblem = () => {},
}: TelemetryOptions): Telemetry => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  setGlobalErrorHandler(
    atMostOncePer(problemIntervalMs, (error) =>
      onProblem(
        `Telemetry does not reach ${endpoint}: ${error instanceof Error ? error.message : String(error)}`,
      ),
    ),
  );
  const providers = endpoint === undefined ? [] : exporters({ service, version, instance, endpoint });
  return {
    exporting: endpoint !== undefined,
    tracer: trace.getTracer(service, version),
    meter: metrics.getMeter(service, version),
    flush: async () => void (await Promise.allSettled(providers.map((provider) => provider.forceFlush()))),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(providers.map((provider) => provider.shutdown()));
      context.disable();
      propagation.disable();
      trace.disable();
      metrics.disable();
    },
  };
};

const exporters = ({
  service,
  version,
  instance,
  endpoint,
}: TelemetryOptions & { readonly endpoint: string }) => {
  const base = endpoint.replace(/\/+$/, '');
  const resource = resourceFromAttributes({
    'service.namespace': 'earshot',
    'service.name': service,
    'service.version': version,
    'service.instance.id': instance,
  });
  const exporter = new OTLPTraceExporter({ url: `${base}/v1/traces`, timeoutMillis: exportTimeoutMs });
  const tracerProvider = new TracerProvider({
    resource,
    spanProcessors: [
      createPersonalDataGuard(),
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: spanIntervalMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  const meterProvider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics`, timeoutMillis: exportTimeoutMs }),
        exportIntervalMillis: metricIntervalMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  return [tracerProvider, meterProvider];
};

const atMostOncePer = (ms: number, tell: (error: unknown) => void): ((error: unknown) => void) => {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    tell(error);
  };
};
