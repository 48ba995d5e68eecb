import type { EventType } from './events/event.ts';

/** Turns the data of one version into that of the next; pure and total. */
export type Upcaster = (data: never) => unknown;

/**
 * Every step that an old event takes to its newest version: the first entry turns version 1 into 2, and so on.
 * A type that is not here is still at version 1. A step is never changed once a log holds its version.
 */
export const upcasters: { readonly [T in EventType]?: readonly Upcaster[] } = {
  // Version 2 has one more reason, caller_opted_out; nothing else differs.
  RecordingWithdrawn: [(data) => data],
  // Version 2 has one more reason, busy.
  LegEnded: [(data) => data],
  // Version 2 says which keys were known. Until then every change was made at a key, which the cause names.
  SupervisionModeChanged: [(data: object) => ({ ...data, keysUpTo: null })],
  // Version 2 has the reasons why nobody answered at a phone that was rung for a supervision.
  SupervisionEnded: [(data) => data],
  // Version 2 has more reasons: not_supervisable, mode_not_permitted, too_many_supervisors, another_barges.
  SupervisionRefused: [(data) => data],
};

/** Version that is written today. */
export const newestVersion = (type: EventType): number => 1 + (upcasters[type]?.length ?? 0);
