import type { CallEvent, Writer } from '@earshot/contracts';

/** Events of one decision, as they stand in the log. */
export interface ToldCommit {
  readonly kind: 'commit';
  /** When it was recorded, ms since 1970: the order of all entries. */
  readonly at: number;
  readonly sequence: number;
  readonly writer: Writer;
  readonly events: readonly CallEvent[];
}

/** A message of the call that this program cannot read. */
export interface ToldUnreadable {
  readonly kind: 'unreadable';
  readonly at: number;
  readonly sequence: number;
  readonly subject: string;
  readonly problem: string;
}

/** An input that a service decided to do nothing about; from its log. */
export interface ToldIgnored {
  readonly kind: 'ignored';
  readonly at: number;
  readonly service: string;
  readonly input: string;
  readonly because: string;
  readonly cause: string;
  readonly sequence: number | null;
}

/** A message that a service gave up on; it waits for a human. */
export interface ToldDeadLetter {
  readonly kind: 'dead-letter';
  readonly at: number;
  readonly service: string;
  readonly sequence: number | null;
  readonly cause: string;
  readonly problem: string;
}

/** One thing that is told about a call. */
export type Entry = ToldCommit | ToldUnreadable | ToldIgnored | ToldDeadLetter;

/**
 * What stands in the log in the order of the log, everything else where its time puts it: the clocks of two
 * services may differ, and then the log is right.
 */
export const inOrder = (entries: readonly Entry[]): readonly Entry[] => {
  const stands = (entry: Entry): entry is ToldCommit | ToldUnreadable =>
    entry.kind === 'commit' || entry.kind === 'unreadable';
  let latest = 0;
  const ofLog = entries
    .filter(stands)
    .toSorted((a, b) => a.sequence - b.sequence)
    .map((entry) => ({ entry, at: (latest = Math.max(latest, entry.at)) }));
  const others = entries.filter((entry) => !stands(entry)).map((entry) => ({ entry, at: entry.at }));
  return [...ofLog, ...others].toSorted((a, b) => a.at - b.at).map(({ entry }) => entry);
};
