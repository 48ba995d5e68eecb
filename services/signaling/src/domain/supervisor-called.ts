import { accept, ignore } from '@earshot/event-log';
import { legOf, liveLegs, type CallState } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import type { Decided, Fact } from './decided.ts';
import { agentRingForMs, bySignaling } from './offers.ts';

/**
 * Rings the phone of somebody who supervises by API; one that is in a call, or rings for one, is left alone and counts as busy.
 * Until the supervision begins the leg has no seat: it hears nobody and nobody hears it.
 */
export const onSupervisorCalled = (
  state: CallState,
  { at, legId, phone, directory }: Extract<CallInput, { type: 'supervisor-called' }>,
): Decided => {
  if (legOf(state, legId)) return ignore('leg_already_known');
  if (state.ended) return ignore('call_already_ended');
  if (state.refused.some((refusal) => refusal.legId === legId) || state.dismissed.includes(legId))
    return ignore('supervision_is_over');
  const whom = { party: 'supervisor', agent: phone, number: null, group: null } as const;
  const offered: Fact = {
    type: 'LegOffered',
    occurredAt: at,
    actor: bySignaling,
    data: { legId, ...whom, ringForMs: agentRingForMs },
  };
  const isHere = liveLegs(state).some(({ agent }) => agent?.extension === phone.extension);
  if (!isHere && directory.isFree(phone.extension, state.callId ?? undefined)) return accept(offered);
  const busy = { legId, reason: 'busy' } as const;
  return accept(offered, { type: 'LegEnded', occurredAt: at, actor: bySignaling, data: busy });
};
