import type { Instant, SupervisionEndReason, SupervisionMode } from '@earshot/contracts';
import { atSwitch, isBehind, type CallState, type Supervision } from './call-state.ts';
import { whyNotPermitted, type Permissions } from './permission.ts';

/** A supervision that ends although nobody left: its mode is not permitted any more, or its phone was not rung. */
export interface Withdrawal {
  readonly supervisionId: string;
  readonly mode: SupervisionMode;
  readonly reason: SupervisionEndReason;
}

/** How long a supervision that was asked for by API waits until its phone rings, in ms: nobody expects it to ring later. */
const rungWithinMs = 10_000;

/** The supervisions of a call that the settings, as they stand now, do not permit, and those that waited too long for their phone to ring. */
export const withdrawnNow = (
  state: CallState,
  permissions: Permissions,
  now: Instant,
): readonly Withdrawal[] => {
  if (isBehind(state)) return [];
  const rungSince = new Date(Date.parse(atSwitch(state, now)) - rungWithinMs).toISOString();
  const isForgotten = ({ supervisionId, legId }: Supervision): boolean =>
    state.awaited.some((one) => one.supervisionId === supervisionId && one.since < rungSince) &&
    !state.legs.some((leg) => leg.legId === legId);
  return [...state.supervisions, ...state.awaited].flatMap((supervision) => {
    const { supervisionId, mode } = supervision;
    const reason =
      whyWithdrawn(state, supervision, permissions) ?? (isForgotten(supervision) && 'phone_not_rung');
    return reason ? [{ supervisionId, mode, reason }] : [];
  });
};

/**
 * A state that is still being read from the log may know a supervision before its request: then nothing can
 * be said yet.
 */
const whyWithdrawn = (
  state: CallState,
  { legId, mode }: Supervision,
  permissions: Permissions,
): Withdrawal['reason'] | null => {
  const request = state.requests.find((asked) => asked.legId === legId);
  const reason = request ? whyNotPermitted(permissions, request.supervisor, request.target, mode) : null;
  if (reason === null) return null;
  return reason === 'supervision_off' ? 'supervision_off' : 'permission_withdrawn';
};
