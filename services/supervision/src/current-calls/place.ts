import { fnv1a32 } from '@earshot/contracts';
import type { Viewer } from '../domain/current-calls/visibility.ts';

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

/** A place as somebody saw it. */
export interface SeenPlace extends Place {
  /** A short name of what the viewer was, see {@link viewerName}; empty: not known. */
  readonly viewer: string;
}

/** A short name of a log, for places: from its identity. */
export const logName = (identity: string): string => fnv1a32(identity).toString(36);

/** A short name of what decides what a viewer may see: whoever comes back as somebody else knows other calls. */
export const viewerName = ({ seesAll, extension }: Viewer): string =>
  seesAll
    ? 'all'
    : fnv1a32(extension ?? '')
        .toString(36)
        .padStart(7, '0');

/** A place as the id of an event for one viewer. */
export const idOf = ({ log, calls, settings }: Place, viewer: Viewer): string =>
  `${log}-${calls}-${settings}-${viewerName(viewer)}`;

const idForm = /^([0-9a-z]{1,7})-(\d{1,15})-(\d{1,15})(?:-([0-9a-z]{1,7}))?$/;

/** The place that an id names; undefined: it names none. */
export const placeOf = (id: string): SeenPlace | undefined => {
  const [, log = '', calls, settings, viewer = ''] = idForm.exec(id) ?? [];
  return log === '' ? undefined : { log, calls: Number(calls), settings: Number(settings), viewer };
};
