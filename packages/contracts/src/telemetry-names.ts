/**
 * Every name that Earshot gives to a span, an attribute or a metric. Where the OpenTelemetry semantic conventions
 * (1.45, https://opentelemetry.io/docs/specs/semconv/) have a name, it is theirs; the rest is under `earshot.`.
 * A value is never a telephone number, a person's name or a pressed key.
 */
export const attributeNames = {
  messagingSystem: 'messaging.system',
  messagingOperationType: 'messaging.operation.type',
  /** The stream, not the subject: a subject has as many values as there are calls. */
  messagingDestination: 'messaging.destination.name',
  messagingMessageId: 'messaging.message.id',
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  /** The pattern of the route: a path may hold an extension. */
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  urlScheme: 'url.scheme',
  /** Our CallId; the trace id is the same without hyphens. */
  callId: 'earshot.call_id',
  /** Service that decides, in spans and metrics that the shared runtime makes. */
  service: 'earshot.service',
  /** Sequence in the stream of what a decision or a row was caused by. */
  causeSequence: 'earshot.cause_sequence',
  /** Service that writes a commit: signaling, supervision or recording-consent. */
  writer: 'earshot.writer',
  /** Of a decision: accepted or ignored. Of a switch operation: done, refused or unknown. */
  outcome: 'earshot.outcome',
  /** The named reason of an ignored decision or a refused operation. */
  reason: 'earshot.reason',
  switchOperation: 'earshot.switch_operation',
} as const;

/** Names of spans that are not `<HTTP method> <route>`; `decide` is followed by the input's type, `switch` by the operation's. */
export const spanNames = {
  decide: 'decide',
  switchOperation: 'switch',
  project: 'project CALLS',
} as const;

/** Names of metrics, with unit and meaning. Durations are in seconds, as the conventions ask. */
export const metricNames = {
  httpDuration: 'http.server.request.duration',
  decisions: 'earshot.decisions',
  deadLetters: 'earshot.dead_letters',
  /** Messages of the log that reporting has in no row. */
  unreadable: 'earshot.reporting.unreadable',
  /** Tokens refused by an HTTP API: wrong (401), or not looked at because the address is held off (429). */
  wrongTokens: 'earshot.wrong_tokens',
  /** Callers from outside who were turned away as busy, by the limit that was reached. */
  turnedAway: 'earshot.callers_turned_away',
} as const;
