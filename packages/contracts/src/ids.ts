import { Type, type Static } from 'typebox';

const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

/**
 * Our own id of one conversation: a UUIDv7 (RFC 9562) in lower case, made once at the edge, never a switch's id. Its
 * rand_a holds the number of the switch that the call is on, so that the id alone says where the call is found.
 */
export const CallId = Type.String({ pattern: uuidPattern });
export type CallId = Static<typeof CallId>;

const callIdExpression = new RegExp(uuidPattern);

/** True when a text has the form of a CallId; the check at every edge where one comes in. */
export const isCallId = (text: string): text is CallId => callIdExpression.test(text);

/** Most switches that can be told apart: what the 12 bits of a UUIDv7 between version and variant (rand_a) hold. */
export const switchCount = 4096;

/** Number of the switch that a call is on, 0 to 4095: the 12 bits after the version of its id. */
export const switchOf = (callId: CallId): number => Number.parseInt(callId.slice(15, 18), 16);

/**
 * Id of a party's connection: `<callId>-l<n>`, n counted from 1 in the order the call got its legs.
 * Deciding the same thing twice therefore names the same leg. A leg that we ring carries this id at the switch too.
 */
export const legIdOf = (callId: CallId, ordinal: number): string => `${callId}-l${ordinal}`;

/** Id of the leg of a phone that is rung for a supervision, made before the phone rings and before anybody knows how many legs there are. */
export const legIdOfSupervision = (supervisionId: string): string => `${supervisionId}-l1`;

/** The call a leg, prompt, recording, bridge or snoop belongs to, read from its id; undefined when the id is not ours. */
export const callIdOf = (id: string): CallId | undefined => {
  const prefix = id.slice(0, 36);
  return isCallId(prefix) && (id.length === 36 || id[36] === '-') ? prefix : undefined;
};

/**
 * W3C trace id (32 hex digits) of a call: the CallId without its hyphens.
 * Whoever knows the call finds the trace, and every service agrees on it without asking.
 */
export const traceIdOf = (callId: CallId): string => callId.replaceAll('-', '');
