import {
  DiagLogLevel,
  context,
  diag,
  metrics,
  propagation,
  trace,
  type Meter,
  type Tracer,
} from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { otelSettings, withEnvironment, type OtelSettings } from '../config/otel-settings.ts';
import { guardPersonalData } from './personal-data-guard.ts';

/** How often a failing export is told of, in milliseconds. */
const problemIntervalMs = 60_000;

/** The telemetry of a process. Without an endpoint spans and metrics cost next to nothing, but trace ids still travel. */
export interface Telemetry extends AsyncDisposable {
  readonly exporting: boolean;
  readonly tracer: Tracer;
  readonly meter: Meter;
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

/**
 * Starts the telemetry of this process, set by its `OTEL_*` variables; once, before anything that makes spans.
 * @throws Error naming every `OTEL_*` variable whose value makes no sense
 */
export const startTelemetry = ({
  service,
  version,
  instance,
  endpoint,
  onProblem = () => {},
}: TelemetryOptions): Telemetry => {
  const settings = otelSettings(endpoint);
  setGlobalErrorHandler(
    atMostOncePer(problemIntervalMs, (error) =>
      onProblem(
        `Telemetry does not reach ${endpoint}: ${error instanceof Error ? error.message : String(error)}`,
      ),
    ),
  );
  const sdk = withEnvironment(settings, () => startSdk({ service, version, instance }, settings));
  return {
    exporting: isExporting(settings),
    tracer: trace.getTracer(service, version),
    meter: metrics.getMeter(service, version),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([sdk.shutdown()]);
      disable();
    },
  };
};

/** OpenTelemetry only mutters about a value that it cannot read, and takes its default; here that ends the start. */
const startSdk = (
  { service, version, instance }: Pick<TelemetryOptions, 'service' | 'version' | 'instance'>,
  settings: OtelSettings,
): NodeSDK => {
  const complaints: string[] = [];
  const complain = (sentence: string): void => void complaints.push(sentence);
  const quiet = (): void => {};
  diag.setLogger(
    { error: complain, warn: complain, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  try {
    const sdk = new NodeSDK({
      serviceName: service,
      resource: resourceFromAttributes({
        'service.namespace': 'earshot',
        'service.version': version,
        'service.instance.id': instance,
      }),
      ...(isExporting(settings) && settings['OTEL_TRACES_EXPORTER'] !== 'none'
        ? { traceExporter: guardPersonalData(traceExporter(settings)) }
        : { spanProcessors: [] }),
      ...(isExporting(settings) ? {} : { metricReaders: [] }),
    });
    sdk.start();
    if (complaints.length === 0) return sdk;
    void sdk.shutdown().catch(quiet);
    disable();
    throw new Error(`Telemetry did not start: ${complaints.join(' ')}`);
  } finally {
    diag.disable();
  }
};

const isExporting = (settings: OtelSettings): boolean =>
  settings['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined;

const traceExporter = (settings: OtelSettings): SpanExporter =>
  (settings['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? settings['OTEL_EXPORTER_OTLP_PROTOCOL']) ===
  'http/protobuf'
    ? new ProtobufTraceExporter()
    : new JsonTraceExporter();

const disable = (): void => {
  context.disable();
  propagation.disable();
  trace.disable();
  metrics.disable();
};

const atMostOncePer = (ms: number, tell: (error: unknown) => void): ((error: unknown) => void) => {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    tell(error);
  };
};
