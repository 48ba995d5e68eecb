import type {
  CallId,
  CurrentCall,
  CurrentParty,
  CurrentRecording,
  CurrentSupervisor,
} from '@earshot/contracts';
import { supervisorOf, type CallNow, type LegNow } from './call-now.ts';

/** Who sits at an extension, as the settings say now; null: nobody that they know. */
export type NameOf = (extension: string) => string | null;

/** The call as the list shows it. */
export const currentCallOf = (id: CallId, call: CallNow, nameOf: NameOf): CurrentCall => ({
  id,
  direction: call.direction,
  line: call.line && { id: call.line.id, name: call.line.name, number: call.line.number },
  from: call.from,
  to: call.to,
  since: call.since,
  state: call.state,
  stateSince: call.stateSince,
  group: call.group,
  parties: call.legs.flatMap((leg) => partyOf(call, leg, nameOf) ?? []),
  supervisors: call.supervisions.map((supervision): CurrentSupervisor => {
    const extension = supervisorOf(call, supervision.legId);
    const { supervisionId, legId, mode, supervisedLegId, since } = supervision;
    return { supervisionId, legId, extension, name: nameAt(extension, nameOf), mode, supervisedLegId, since };
  }),
  hears: hearsOf(call),
  recording: recordingOf(call),
  consent: {
    setting: call.setting,
    asked: call.wasAsked,
    choice: call.chosen?.choice ?? null,
    chosenAt: call.chosen?.at ?? null,
  },
  doubtful: call.isDoubtful,
});

/** A leg that is gone hears nobody, whatever the switch told before. */
const hearsOf = ({ hears, legs }: CallNow): CurrentCall['hears'] => {
  const isHere = (id: string): boolean => legs.some(({ legId }) => legId === id);
  return hears?.filter(({ listener, speaker }) => isHere(listener) && isHere(speaker)) ?? null;
};

const nameAt = (extension: string | null, nameOf: NameOf): string | null =>
  extension === null ? null : nameOf(extension);

const partyOf = (
  { parties, partSince }: CallNow,
  { legId, party, extension, number, isRinging, since }: LegNow,
  nameOf: NameOf,
): CurrentParty | undefined => {
  if (party === 'supervisor') return undefined;
  const as = parties.find((talking) => talking.legId === legId)?.as;
  return {
    legId,
    party,
    extension,
    name: nameAt(extension, nameOf),
    number,
    state: isRinging ? 'ringing' : (as ?? 'waiting'),
    since: as === undefined || isRinging ? since : (partSince[legId] ?? since),
  };
};

/**
 * What the recorder does counts before what was decided: a recorder that runs against the decision is shown, and one of
 * which nobody knows counts as running.
 */
const recordingOf = ({ decision, recorders }: CallNow): CurrentRecording => {
  const reason = decision?.reason ?? null;
  const standing = decision?.standing ?? null;
  const running = recorders.toSorted((one, other) => weight(one, standing) - weight(other, standing))[0];
  if (running) {
    const { recordingId, since, isProved } = running;
    const proved = recordingId === standing ? 'running' : 'stopping';
    return { state: isProved ? proved : 'unknown', reason, recordingId, since };
  }
  if (decision === null || standing === null)
    return { state: 'off', reason, recordingId: null, since: decision?.at ?? null };
  return decision.refused === null
    ? { state: 'starting', reason, recordingId: standing, since: decision.at }
    : { state: 'refused', reason: decision.refused, recordingId: standing, since: decision.at };
};

/** The recorder that shall run comes first, then what is least known. */
const weight = ({ recordingId, isProved }: CallNow['recorders'][number], standing: string | null): number =>
  recordingId === standing ? 0 : isProved ? 2 : 1;
