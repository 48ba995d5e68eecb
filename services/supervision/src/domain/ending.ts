import type { Actor, Instant, LegEndReason, NewEvent, SupervisionEndReason } from '@earshot/contracts';
import { accept, type Decision } from '@earshot/event-log';
import { service } from './actors.ts';
import { hasEnded, type CallState, type Supervision } from './call-state.ts';
import type { TenantRules } from './permission.ts';
import { topologyChanged } from './topology-changed.ts';

type Ended = 'SupervisionEnded' | 'TopologyChanged';

/** What it means for a supervision that its phone was rung in vain; undefined: it was answered and left. */
const whyInVain: { readonly [reason in LegEndReason]?: SupervisionEndReason } = {
  missed: 'phone_not_answered',
  declined: 'phone_declined',
  unreachable: 'phone_unreachable',
  busy: 'phone_busy',
};

/** Why a supervision, or one that waits for its phone, has nobody to hear or to be heard by any more; null: it goes on. */
export const whyOver = (
  state: CallState,
  { legId, supervisedLegId }: Supervision,
): SupervisionEndReason | null => {
  const leg = state.legs.find((known) => known.legId === legId);
  if (leg?.state === 'ended') return (leg.endReason && whyInVain[leg.endReason]) ?? 'supervisor_left';
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
