import { Type, type Static } from 'typebox';
import { CallId } from './ids.ts';

/** A moment as ISO 8601 in UTC with milliseconds, e.g. `2026-11-21T09:30:00.120Z`. */
export const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
export type Instant = Static<typeof Instant>;

/** Who brought an event about: a person at a leg, the switch itself, one of our services, or a user of an API. */
export const Actor = Type.Union([
  Type.Object({ kind: Type.Literal('leg'), legId: Type.String() }),
  Type.Object({ kind: Type.Literal('switch') }),
  Type.Object({ kind: Type.Literal('service'), service: Type.String() }),
  Type.Object({ kind: Type.Literal('api'), user: Type.String() }),
]);
export type Actor = Static<typeof Actor>;

/**
 * What caused a commit: a message of a stream (then `sequence` is its place there), or a report or request from
 * outside (then `sequence` is null and `id` alone tells them apart).
 */
export const Causation = Type.Object({
  source: Type.Union([Type.Literal('CALLS'), Type.Literal('SETTINGS'), Type.Literal('SWITCH'), Type.Literal('API'), Type.Literal('TIMER')]),
  id: Type.String(),
  sequence: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
});
export type Causation = Static<typeof Causation>;

/** One event as it stands in a commit. `data` is checked against the schema of its type and version. */
export const StoredEvent = Type.Object({
  id: Type.String(),
  type: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  occurredAt: Instant,
  actor: Actor,
  data: Type.Unknown(),
});
export type StoredEvent = Static<typeof StoredEvent>;

/**
 * One message of the CALLS stream: the outcome of one decision, stored whole or not at all.
 * `id` is unique for the decision and is also the message's `Nats-Msg-Id`.
 */
export const StoredCommit = Type.Object({
  id: Type.String(),
  callId: CallId,
  tenant: Type.String(),
  recordedAt: Instant,
  causation: Causation,
  events: Type.Array(StoredEvent, { minItems: 1, maxItems: 99 }),
});
export type StoredCommit = Static<typeof StoredCommit>;
