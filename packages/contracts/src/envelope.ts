import { Type, type Static } from 'typebox';
import { CallId } from './ids.ts';

const instantForm =
  '^(?:19[7-9]|2[01]\\d)\\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$';
// Days 29 to 31 are not in every month; a date that is not in the calendar becomes one of the next month.
const isInCalendar = (text: string): boolean =>
  (text[8] !== '3' && text.slice(8, 10) !== '29') ||
  new Date(text).getUTCDate() === Number(text.slice(8, 10));

/**
 * A moment as ISO 8601 in UTC with milliseconds, e.g. `2026-11-21T09:30:00.120Z`, from 1970 to 2199. It is
 * one that exists, so that whoever reads it can count with it: no 23:59:60, no 30 February.
 */
export const Instant = Type.Refine(
  Type.String({ pattern: instantForm }),
  isInCalendar,
  () => 'must be a moment that exists',
);
export type Instant = Static<typeof Instant>;

/**
 * Who brought an event about: a person at a leg, the switch itself, one of our services, or a user of an
 * API.
 */
export const Actor = Type.Union([
  Type.Object({ kind: Type.Literal('leg'), legId: Type.String() }),
  Type.Object({ kind: Type.Literal('switch') }),
  Type.Object({ kind: Type.Literal('service'), service: Type.String() }),
  Type.Object({ kind: Type.Literal('api'), user: Type.String() }),
]);
export type Actor = Static<typeof Actor>;

/**
 * What caused a commit: a message of a stream (then `sequence` is its place there), or a report or request
 * from outside (then `sequence` is null and `id` alone tells them apart).
 */
export const Causation = Type.Object({
  source: Type.Union([
    Type.Literal('CALLS'),
    Type.Literal('SETTINGS'),
    Type.Literal('SWITCH'),
    Type.Literal('API'),
    Type.Literal('TIMER'),
  ]),
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

/** Whose call it is: lower-case letters, digits and hyphens. */
export const tenantForm = '^[a-z0-9][a-z0-9-]{0,62}$';

/**
 * One message of the CALLS stream: the outcome of one decision, stored whole or not at all.
 * `id` is unique for the decision and is also the message's header `Earshot-Id`.
 */
export const StoredCommit = Type.Object({
  id: Type.String(),
  callId: CallId,
  tenant: Type.String({ pattern: tenantForm }),
  recordedAt: Instant,
  causation: Causation,
  events: Type.Array(StoredEvent, { minItems: 1, maxItems: 99 }),
});
export type StoredCommit = Static<typeof StoredCommit>;
