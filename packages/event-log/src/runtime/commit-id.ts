import type { CallId, Causation, Writer } from '@earshot/contracts';

/** Which of the inputs that one message led to: the event's place in the commit, and the input's place among the event's. */
export interface Place {
  readonly event: number;
  readonly input: number;
}

const inputsPerEvent = 1000;

/** The place as one number that orders the inputs of a message. */
export const ordinalOf = (place: Place): number => place.event * inputsPerEvent + place.input;

/**
 * Id of the commit that a decision on a cause leads to: the same cause always gives the same id.
 * `<callId>.<writer>.<source>.<sequence or id>`, and `.<n>` for a later input of the same message.
 */
export const commitIdOf = (callId: CallId, writer: Writer, cause: Causation, ordinal = 0): string => {
  const of = cause.source === 'CALLS' ? cause.sequence : cause.id;
  const base = `${callId}.${writer}.${cause.source}.${of}`;
  return ordinal === 0 ? base : `${base}.${ordinal}`;
};

/** The ordinal in the id of a commit that a message of CALLS caused. */
export const ordinalIn = (commitId: string, callId: CallId, writer: Writer, cause: Causation): number => {
  const base = commitIdOf(callId, writer, cause);
  return commitId.startsWith(`${base}.`) ? Number(commitId.slice(base.length + 1)) || 0 : 0;
};
