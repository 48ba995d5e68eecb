import type { Actor, Instant, LegEndReason, NewEvent, SupervisionEndReason } from '@earshot/contracts';
import { accept, type Decision } from '@earshot/event-log';
import { service } from './actors.ts';
import { hasEnded, type CallState, type Supervision } from './call-state.ts';
import type { TenantRules } from './permission.ts';
import { topologyChanged } from './topology-changed.ts';

type Ended = 'SupervisionEnded' | 'TopologyChanged';

/** What the end of its phone means for a supervision: it was rung in vain, or hung up because the call was over; undefined: it left. */
const whyByPhone: { readonly [reason in LegEndReason]?: SupervisionEndReason } = {
  missed: 'phone_not_answered',
  declined: 'phone_declined',
  unreachable: 'phone_unreachable',
  busy: 'phone_busy',
  call_ended: 'call_ended',
};

/** Why a supervision, or one that waits for its phone, has nobody to hear or to be heard by any more; null: it goes on. */
export const whyOver = (
  state: CallState,
  { legId, supervisedLegId }: Supervision,
): SupervisionEndReason | null => {
  const leg = state.legs.find((known) => known.legId === legId);
  if (leg?.state === 'ended') return (leg.endReason && whyByPhone[leg.endReason]) ?? 'supervisor_left';
  if (state.ended) return 'call_ended';
  return state.parties.some((party) => party.legId === supervisedLegId) ? null : 'agent_left';
};

/**
 * Ends every supervision that has a reason to end, also one that waits for its phone, and tells who hears whom of those who
 * remain; undefined: none has.
 */
export const endThose = (
  state: CallState,
  at: Instant,
  rules: TenantRules,
  why: (supervision: Supervision) => SupervisionEndReason | null,
  actor: Actor = service,
): Decision<Ended, never> | undefined => {
  const all = [...state.supervisions, ...state.awaited];
  const [first, ...more] = all.flatMap((supervision): NewEvent<Ended>[] => {
    const reason = why(supervision);
    const { supervisionId, legId } = supervision;
    const data = reason && { supervisionId, legId, reason };
    return data ? [{ type: 'SupervisionEnded', occurredAt: at, actor, data }] : [];
  });
  if (!first) return undefined;
  const nobodyHears = state.supervisions.length === 0;
  if (nobodyHears || state.legs.every(({ legId }) => hasEnded(state, legId)))
    return accept<Ended>(first, ...more);
  const staying = state.supervisions.filter((supervision) => why(supervision) === null);
  return accept<Ended>(first, ...more, topologyChanged(state, at, rules, staying));
};
