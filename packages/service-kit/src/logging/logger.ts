import { isCallId, traceIdOf } from '@earshot/contracts';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Fields that tend to hold personal data. Nothing should log them; if something does, the value does not come out. */
const personalFields = ['number', 'name', 'from', 'to', 'key', 'digits'];
const depths = ['', '*.', '*.*.', '*.*.*.'];

export interface LoggerOptions {
  readonly service: string;
  readonly instance: string;
  /** Least severe level that is written; default `info`. */
  readonly level?: string;
  /** Default: standard output, written at once so that the last line before an end is not lost. */
  readonly into?: DestinationStream;
}

/** Logger of a process: one JSON object a line, with the trace of the call that it names (`callId`), else the one that is active. */
export const createLogger = ({
  service,
  instance,
  level = 'info',
  into = destination({ fd: 1, sync: true }),
}: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { service, instance },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: depths.flatMap((depth) => personalFields.map((field) => `${depth}${field}`)),
        censor: '[removed]',
      },
      serializers: { error: stdSerializers.err },
      mixin: traceOf,
    },
    into,
  );

const traceOf = (fields: object): Record<string, string> => {
  const active = trace.getActiveSpan()?.spanContext();
  const span = active !== undefined && isSpanContextValid(active) ? active : undefined;
  const ofCall =
    'callId' in fields && typeof fields.callId === 'string' && isCallId(fields.callId)
      ? traceIdOf(fields.callId)
      : undefined;
  const traceId = ofCall ?? span?.traceId;
  if (traceId === undefined) return {};
  return { trace_id: traceId, ...(span?.traceId === traceId ? { span_id: span.spanId } : {}) };
};
