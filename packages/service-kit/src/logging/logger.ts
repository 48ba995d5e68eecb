import { isSpanContextValid, trace } from '@opentelemetry/api';
import { destination, pino, type DestinationStream, type Logger } from 'pino';

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

/** Logger of a process: one JSON object a line, with the trace and span that are active when it is written. */
export const createLogger = ({ service, instance, level = 'info', into = destination({ fd: 1, sync: true }) }: LoggerOptions): Logger =>
  pino({
    level,
    base: { service, instance },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: depths.flatMap((depth) => personalFields.map((field) => `${depth}${field}`)), censor: '[removed]' },
    mixin: activeTrace,
  }, into);

const activeTrace = (): Record<string, string> => {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
};
