import type { Attributes } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { attributeNames } from '@earshot/contracts';

/** Attributes whose value may be digits only, because it is a place in a stream. */
const digitsAllowed = new Set<string>([attributeNames.messagingMessageId]);

const onlyKeys = /^[+0-9*#]+$/;
const telephoneNumber = /(?<![\w.-])\+?[0-9]{7,15}(?![\w.-])/;

/** True for a text that may be a telephone number, an extension or pressed keys. */
export const looksPersonal = (name: string, value: unknown): boolean =>
  Array.isArray(value)
    ? value.some((entry) => looksPersonal(name, entry))
    : typeof value === 'string' &&
      !digitsAllowed.has(name) &&
      (onlyKeys.test(value) || telephoneNumber.test(value));

/** Belt and braces before the exporter: what looks like a number or a key press leaves no process, whoever put it into a span. */
export const guardPersonalData = (exporter: SpanExporter): SpanExporter => ({
  export(spans, done) {
    for (const span of spans) {
      clean(span.attributes);
      for (const event of span.events) clean(event.attributes);
    }
    exporter.export(spans, done);
  },
  forceFlush: async () => exporter.forceFlush?.(),
  shutdown: async () => exporter.shutdown(),
});

const clean = (attributes: Attributes | undefined): void => {
  for (const [name, value] of Object.entries(attributes ?? {}))
    if (attributes !== undefined && looksPersonal(name, value)) attributes[name] = '[removed]';
};
