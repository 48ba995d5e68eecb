import { accept, ignore, type Decision } from '@earshot/event-log';
import type { SignalingFacts, LegEndReason, NewEvent } from '@earshot/contracts';
import { callerOf, isCall, legByHandle, liveLegs, type CallState, type Leg } from './call-state.ts';
import type { CallInput, IgnoredBecause } from './call-input.ts';
import { bySignaling, bySwitch } from './offers.ts';
import { follow } from './routing.ts';

type Decided = Decision<keyof SignalingFacts, IgnoredBecause>;

const talkers = (state: CallState): readonly Leg[] => liveLegs(state).filter((leg) => leg.party !== 'supervisor');

/** The pair that can talk once this leg has answered: the caller and the first one rung who answered. */
const pairWith = (state: CallState, answered: Leg): readonly [Leg, Leg] | undefined => {
  const there = talkers(state).filter((leg) => leg.state === 'answered' || leg.legId === answered.legId);
  const caller = there.find((leg) => leg.origin === 'arrived');
  const rung = there.find((leg) => leg.origin === 'offered');
  return caller && rung && [caller, rung];
};

/** A phone answered: two parties can talk, or the caller is led on. */
export const onLegAnswered = (state: CallState, input: Extract<CallInput, { type: 'leg-answered' }>): Decided => {
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  if (leg.state === 'answered') return ignore('leg_already_answered');
  const { at, directory } = input;
  const answered: NewEvent<keyof SignalingFacts> = { type: 'LegAnswered', occurredAt: at, actor: bySwitch, data: { legId: leg.legId } };
  if (leg.party === 'supervisor' || state.connected || state.ended) return accept(answered);

  const pair = pairWith(state, leg);
  if (pair) {
    return accept(answered, {
      type: 'PartiesConnected', occurredAt: at, actor: bySignaling,
      data: { legIds: [pair[0].legId, pair[1].legId], bridgeId: `${state.callId}-main` },
    });
  }
  const route = leg.origin === 'arrived' && state.line && state.direction === 'inbound' ? directory.line(state.line.number)?.route : undefined;
  return route ? accept(answered, ...follow(route, 'line', state, leg.legId, at, directory)) : accept(answered);
};

/** Why a leg ended, as the call knows it: when we hung it up ourselves, the switch's word says less than ours. */
const endReason = (state: CallState, leg: Leg, reported: LegEndReason): LegEndReason => {
  if (reported === 'lost') return 'lost';
  if (state.refused.some(({ legId }) => legId === leg.legId)) return 'refused';
  if (state.dismissed.includes(leg.legId)) return 'supervision_ended';
  if (state.ended) return 'call_ended';
  if (state.connected && leg.party !== 'supervisor' && !state.connected.legIds.includes(leg.legId)) {
    return reported === 'missed' || reported === 'hung_up' ? 'answered_elsewhere' : reported;
  }
  return reported;
};

type Completion = 'completed' | 'abandoned_in_queue' | 'abandoned_in_ivr' | 'not_answered' | 'failed';

/** Whether the call is over once this leg is gone, and how it went (Zendesk Talk `completion_status`). */
const completionWithout = (state: CallState, gone: Leg): Completion | undefined => {
  if (!isCall(state) || state.ended || gone.party === 'supervisor') return undefined;
  if (state.connected) return state.connected.legIds.includes(gone.legId) ? 'completed' : undefined;
  if (gone.legId === callerOf(state)?.legId) {
    if (state.direction !== 'inbound') return 'not_answered';
    return state.menuId ? 'abandoned_in_ivr' : 'abandoned_in_queue';
  }
  const stillRinging = liveLegs(state).some((leg) => leg.origin === 'offered' && leg.party !== 'supervisor' && leg.legId !== gone.legId);
  const waitsForGroup = state.queue !== null && state.queue.group !== null;
  return stillRinging || waitsForGroup ? undefined : 'not_answered';
};

/** A leg is gone: the others wait on, are offered again, or the call is over. */
export const onLegGone = (state: CallState, input: Extract<CallInput, { type: 'leg-gone' }>): Decided => {
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const ended: NewEvent<keyof SignalingFacts> = {
    type: 'LegEnded', occurredAt: input.at, actor: bySwitch, data: { legId: leg.legId, reason: endReason(state, leg, input.reason) },
  };
  const completion = completionWithout(state, leg);
  if (!completion) return accept(ended);
  return accept(ended, { type: 'CallEnded', occurredAt: input.at, actor: bySignaling, data: { completion } });
};
