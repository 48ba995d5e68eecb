import type { Facts } from '@earshot/contracts';
import { isBehind, type CallState, type Supervision } from './call-state.ts';
import { whyNotPermitted, type Permissions } from './permission.ts';

/** A supervision that goes on although the settings do not permit it any more. */
export interface Withdrawal {
  readonly supervisionId: string;
  readonly reason: Facts['SupervisionEnded']['reason'];
}

/** The supervisions of a call that the settings, as they stand now, do not permit. */
export const withdrawnNow = (state: CallState, permissions: Permissions): readonly Withdrawal[] =>
  isBehind(state)
    ? []
    : state.supervisions.flatMap((supervision) => {
        const reason = whyWithdrawn(state, supervision, permissions);
        return reason === null ? [] : [{ supervisionId: supervision.supervisionId, reason }];
      });

/**
 * A state that is still being read from the log may know a supervision before its request: then nothing can
 * be said yet.
 */
const whyWithdrawn = (
  state: CallState,
  { legId }: Supervision,
  permissions: Permissions,
): Withdrawal['reason'] | null => {
  const request = state.requests.find((asked) => asked.legId === legId);
  const reason = request ? whyNotPermitted(permissions, request.supervisor, request.target) : null;
  if (reason === null) return null;
  return reason === 'supervision_off' ? 'supervision_off' : 'permission_withdrawn';
};
