import { partitionOf } from './partition.ts';
import { isCallId, switchOf, type CallId } from './ids.ts';
import type { SettingsKind } from './settings/kinds.ts';

/** The services that write to the log. Each publishes only to its own subjects; the server's permissions say so too. */
export const writers = ['signaling', 'supervision', 'recording-consent'] as const;
export type Writer = (typeof writers)[number];

/** Every service: those that write to the log, and reporting, which only reads it. */
export const serviceNames = [...writers, 'reporting'] as const;
export type ServiceName = (typeof serviceNames)[number];

/**
 * Literal subject of one call and one writer, `calls.<switch>.<partition>.<callId>.<writer>`: the unit of optimistic
 * concurrency and of loading. All of it follows from the call id, so that a call is found without looking it up.
 */
export const callSubject = (callId: CallId, writer: Writer): string =>
  `calls.${switchOf(callId)}.${partitionOf(callId)}.${callId}.${writer}`;

/** Filter for every call event there is. */
export const allCalls = 'calls.*.*.*.*';

/** What it was before the switch stood in the subject: a stream with this one holds nothing that can be read. */
export const olderCalls = 'calls.>';

/** What a call subject says. */
export interface CallPlace {
  readonly switch: number;
  readonly partition: number;
  readonly callId: CallId;
  readonly writer: Writer;
}

/** The parts of a call subject; undefined when it is not one, or its switch or partition is not the call's. */
export const parseCallSubject = (subject: string): CallPlace | undefined => {
  const [, , , callId, last] = subject.split('.');
  const writer = writers.find((candidate) => candidate === last);
  if (callId === undefined || !isCallId(callId) || writer === undefined) return undefined;
  if (subject !== callSubject(callId, writer)) return undefined;
  return { switch: switchOf(callId), partition: partitionOf(callId), callId, writer };
};

/** Subject of one setting: each has one owning service (`settingsOwners`). */
export const settingsSubject = (kind: SettingsKind, id: string): string => `settings.${kind}.${id}`;

/** Filter for every setting there is. */
export const allSettings = 'settings.>';

/** What a writer may publish to, for the server's permissions. */
export const writerFilter = (writer: Writer): string => `calls.*.*.*.${writer}`;
