/** What differs from OpenTelemetry's own defaults: spans are seen soon, and a last export does not keep a process from ending. */
const defaults = {
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_BSP_EXPORT_TIMEOUT: '3000',
  OTEL_METRIC_EXPORT_INTERVAL: '15000',
  OTEL_METRIC_EXPORT_TIMEOUT: '3000',
} as const;

/**
 * What nobody can set. The trace of a call travels always and alone: baggage of a client would end up in the log.
 * Logs are JSON lines on standard output, and the SDK must write no others between them.
 */
const fixed = {
  OTEL_PROPAGATORS: 'tracecontext',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
  OTEL_SDK_DISABLED: undefined,
  OTEL_LOG_LEVEL: undefined,
} as const;

/** Exporters and protocols that telemetry knows; anything else in these variables ends the start. */
const known = {
  OTEL_TRACES_EXPORTER: ['otlp', 'none'],
  OTEL_METRICS_EXPORTER: ['otlp', 'none'],
  OTEL_EXPORTER_OTLP_PROTOCOL: ['http/json', 'http/protobuf'],
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ['http/json', 'http/protobuf'],
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: ['http/json', 'http/protobuf'],
  OTEL_SDK_DISABLED: ['true', 'false'],
} as const;

/** Endpoints of one kind of telemetry. */
const redirecting = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] as const;

/** Variables by name; undefined: must not be set. */
export type OtelSettings = Readonly<Record<string, string | undefined>>;

/**
 * The variables that OpenTelemetry is to see: those of the environment, our defaults, and the endpoint; without an
 * endpoint, or with `OTEL_SDK_DISABLED`, nothing is exported.
 * @throws Error naming each variable whose value telemetry does not know, or that would have no effect
 */
export const otelSettings = (endpoint: string | undefined, env: OtelSettings = process.env): OtelSettings => {
  const set: OtelSettings = Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => name.startsWith('OTEL_'))
      .map(([name, value]) => [name, value?.trim() ?? ''] as const)
      .filter(([, value]) => value !== ''),
  );
  const problems = Object.entries(known)
    .filter(([name, values]) => !(values as readonly string[]).includes(set[name] ?? values[0]))
    .map(([name, values]) => `${name} must be one of ${values.join(', ')}, but is "${set[name]}".`);
  if (endpoint === undefined)
    problems.push(
      ...redirecting
        .filter((name) => set[name] !== undefined)
        .map(
          (name) => `${name} only redirects: set OTEL_EXPORTER_OTLP_ENDPOINT too, or nothing is exported.`,
        ),
    );
  if (problems.length > 0) throw new Error(problems.join(' '));
  return {
    ...defaults,
    ...set,
    ...fixed,
    OTEL_EXPORTER_OTLP_ENDPOINT:
      set['OTEL_SDK_DISABLED'] === 'true' ? undefined : endpoint?.replace(/\/+$/, ''),
  };
};

/** Does work while this process has these variables: OpenTelemetry takes its settings from nowhere else. */
export const withEnvironment = <T>(settings: OtelSettings, work: () => T): T => {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  try {
    for (const [name, value] of Object.entries(settings)) put(name, value);
    return work();
  } finally {
    for (const [name, value] of before) put(name, value);
  }
};

const put = (name: string, value: string | undefined): void => {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
};
