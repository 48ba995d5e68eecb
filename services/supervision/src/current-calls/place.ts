import { fnv1a32 } from '@earshot/contracts';

/**
 * Where the list stands: how far the log and the settings have come. What a viewer sees follows from it alone, so it is the
 * same in every process, and a viewer who is cut from one resumes at another.
 */
export interface Place {
  /** Which log it is a place of. */
  readonly log: string;
  /** Sequence in CALLS. */
  readonly calls: number;
  /** Sequence in SETTINGS: names and permissions. */
  readonly settings: number;
}

/** A short name of a log, for places: from its identity. */
export const logName = (identity: string): string => fnv1a32(identity).toString(36);

/** A place as the id of an event. */
export const idOf = ({ log, calls, settings }: Place): string => `${log}-${calls}-${settings}`;

/** The place that an id names; undefined: it names none. */
export const placeOf = (id: string): Place | undefined => {
  const [, log = '', calls, settings] = /^([0-9a-z]{1,7})-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return log === '' ? undefined : { log, calls: Number(calls), settings: Number(settings) };
};
