import { partitionOf } from './partition.ts';
import type { CallId } from './ids.ts';
import type { SettingsKind } from './settings/kinds.ts';

/** The services that write to the log. Each publishes only to its own subjects; the server's permissions say so too. */
export const writers = ['signaling', 'supervision', 'recording-consent'] as const;
export type Writer = (typeof writers)[number];

/** Literal subject of one call and one writer: the unit of optimistic concurrency and of loading. */
export const callSubject = (callId: CallId, writer: Writer): string => `calls.${partitionOf(callId)}.${callId}.${writer}`;

/** Filter for all commits of one partition. */
export const partitionFilter = (partition: number): string => `calls.${partition}.>`;

/** Filter for every call event there is. */
export const allCalls = 'calls.>';

/** The parts of a call subject; undefined when it is not one. */
export const parseCallSubject = (subject: string): { partition: number; callId: CallId; writer: Writer } | undefined => {
  const [root, partition, callId, writer, ...rest] = subject.split('.');
  if (root !== 'calls' || partition === undefined || callId === undefined || rest.length > 0) return undefined;
  const known = writers.find((candidate) => candidate === writer);
  return known && { partition: Number(partition), callId, writer: known };
};

/** Subject of one setting: each has one owning service (`settingsOwners`). */
export const settingsSubject = (kind: SettingsKind, id: string): string => `settings.${kind}.${id}`;

/** Filter for every setting there is. */
export const allSettings = 'settings.>';

/** What a writer may publish to, for the server's permissions. */
export const writerFilter = (writer: Writer): string => `calls.*.*.${writer}`;
