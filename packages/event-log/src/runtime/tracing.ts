import { attributeNames, metricNames, spanNames, traceIdOf, type CallId } from '@earshot/contracts';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  context,
  metrics,
  trace,
  type Context,
} from '@opentelemetry/api';
import type { Decision } from '../decider.ts';

const scope = '@earshot/event-log';

/**
 * The context that the first span of a call hangs from: its trace id is made from the call id, so every service that
 * knows the call adds to the same trace without asking. The span it names is never recorded.
 */
export const rootContextOf = (callId: CallId): Context => {
  const traceId = traceIdOf(callId);
  // The second half of a UUIDv7 starts with the variant bits, so this is never all zeros, which W3C forbids.
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: traceId.slice(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
};

/** The context that a message or a task carried, or the call's root when that is of another trace or of none. */
export const parentOf = (carried: Context, callId: CallId): Context =>
  trace.getSpanContext(carried)?.traceId === traceIdOf(callId) ? carried : rootContextOf(callId);

/** Name of an input for spans and metrics: its `type`. */
export const inputTypeOf = (input: unknown): string =>
  typeof input === 'object' && input !== null && 'type' in input && typeof input.type === 'string'
    ? input.type
    : 'input';

/** Runs one decision within its process span, and counts what came of it. */
export const observed = async (
  about: {
    readonly service: string;
    readonly callId: CallId;
    readonly inputType: string;
    readonly parent: Context;
  },
  decide: () => Promise<Decision>,
): Promise<Decision> => {
  const { service, callId, inputType, parent } = about;
  const span = trace.getTracer(scope).startSpan(
    `${spanNames.decide} ${inputType}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: { [attributeNames.callId]: callId, [attributeNames.service]: service },
    },
    parent,
  );
  const count = (outcome: string, reason: string | undefined) => {
    span.setAttribute(attributeNames.outcome, outcome);
    if (reason !== undefined) span.setAttribute(attributeNames.reason, reason);
    decisions().add(1, {
      service,
      'input.type': inputType,
      outcome,
      ...(reason === undefined ? {} : { reason }),
    });
  };
  try {
    const decision = await context.with(trace.setSpan(parent, span), decide);
    count(decision.outcome, decision.outcome === 'ignored' ? decision.because : undefined);
    return decision;
  } catch (error) {
    // The name only: a message may quote what the decider saw.
    const name = error instanceof Error ? error.name : 'Error';
    span.setStatus({ code: SpanStatusCode.ERROR, message: name });
    count('failed', name);
    throw error;
  } finally {
    span.end();
  }
};

// Made on first use, so that a meter provider that was registered after this module was loaded is the one that counts.
let decisionCounter: ReturnType<ReturnType<typeof metrics.getMeter>['createCounter']> | undefined;
const decisions = () =>
  (decisionCounter ??= metrics
    .getMeter(scope)
    .createCounter(metricNames.decisions, { description: 'Decisions by what came of them' }));

let deadLetterCounter: typeof decisionCounter;
/** Counts a dead letter; whoever watches this counter has an alarm. */
export const countDeadLetter = (service: string): void => {
  deadLetterCounter ??= metrics.getMeter(scope).createCounter(metricNames.deadLetters, {
    description: 'Messages that could not be handled and wait for a human',
  });
  deadLetterCounter.add(1, { service });
};
