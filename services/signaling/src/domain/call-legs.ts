import { accept, ignore } from '@earshot/event-log';
import type { LegEndReason, Parties } from '@earshot/contracts';
import { callerOf, isCall, isParty, legByHandle, liveLegs, type CallState, type Leg } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import { closeKeyWindows } from './key-windows.ts';
import { bySignaling, bySwitch } from './offers.ts';
import { follow } from './routing.ts';
import type { Decided, Fact } from './decided.ts';

const conversationChanged = (state: CallState, parties: Parties, at: CallInput['at']): Fact => ({
  type: 'ConversationChanged',
  occurredAt: at,
  actor: bySignaling,
  data: { revision: (state.conversation?.revision ?? 0) + 1, parties },
});

/** The pair that can talk once this leg has answered: the caller and the first one rung who answered. */
const pairWith = (state: CallState, answered: Leg): readonly [Leg, Leg] | undefined => {
  const there = liveLegs(state).filter(
    (leg) => leg.party !== 'supervisor' && (leg.state === 'answered' || leg.legId === answered.legId),
  );
  const caller = there.find((leg) => leg.origin === 'arrived');
  const rung = there.find((leg) => leg.origin === 'offered');
  return caller && rung && [caller, rung];
};

/** A phone answered: two parties can talk, or the caller is led on. */
export const onLegAnswered = (
  state: CallState,
  input: Extract<CallInput, { type: 'leg-answered' }>,
): Decided => {
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  if (leg.state === 'answered') return ignore('leg_already_answered');
  const { at, directory } = input;
  const answered: Fact = { type: 'LegAnswered', occurredAt: at, actor: bySwitch, data: { legId: leg.legId } };
  if (leg.party === 'supervisor' || state.conversation || state.ended) return accept(answered);

  const pair = pairWith(state, leg);
  if (pair) {
    const parties = pair.map(({ legId }) => ({ legId, as: 'talking' as const }));
    return accept(
      answered,
      ...closeKeyWindows(state, () => true, 'connected', at),
      conversationChanged(state, parties, at),
    );
  }
  const route =
    leg.origin === 'arrived' && state.line && state.direction === 'inbound'
      ? directory.line(state.line.number)?.route
      : undefined;
  return route
    ? accept(answered, ...follow(route, 'line', state, leg.legId, at, directory))
    : accept(answered);
};

/** Why a leg ended, as the call knows it: when we hung it up ourselves, the switch's word says less than ours. */
const endReason = (state: CallState, leg: Leg, reported: LegEndReason): LegEndReason => {
  if (reported === 'lost') return 'lost';
  if (state.refused.some(({ legId }) => legId === leg.legId)) return 'refused';
  if (state.dismissed.includes(leg.legId)) return 'supervision_ended';
  if (state.ended) return 'call_ended';
  if (state.conversation && leg.party !== 'supervisor' && !isParty(state, leg.legId)) {
    return reported === 'missed' || reported === 'hung_up' ? 'answered_elsewhere' : reported;
  }
  return reported;
};

type Completion = 'completed' | 'abandoned_in_queue' | 'abandoned_in_ivr' | 'not_answered' | 'failed';

/** How the call ends when it is over before anybody talked (Zendesk Talk `completion_status`); undefined: it goes on. */
const completionBeforeTalk = (state: CallState, gone: Leg): Completion | undefined => {
  if (gone.legId === callerOf(state)?.legId) {
    if (state.direction !== 'inbound') return 'not_answered';
    return state.menuId ? 'abandoned_in_ivr' : 'abandoned_in_queue';
  }
  const stillRinging = liveLegs(state).some(
    (leg) => leg.origin === 'offered' && leg.party !== 'supervisor' && leg.legId !== gone.legId,
  );
  const waitsForGroup = state.queue !== null && state.queue.group !== null;
  return stillRinging || waitsForGroup ? undefined : 'not_answered';
};

/** What a leg that is gone means for the call: it goes on with those who stay, or is over. */
const callWithout = (state: CallState, gone: Leg, at: CallInput['at']): readonly Fact[] => {
  if (!isCall(state) || state.ended || gone.party === 'supervisor') return [];
  const ended = (completion: Completion): Fact => ({
    type: 'CallEnded',
    occurredAt: at,
    actor: bySignaling,
    data: { completion },
  });
  if (!state.conversation) {
    const completion = completionBeforeTalk(state, gone);
    return completion ? [ended(completion)] : [];
  }
  if (!isParty(state, gone.legId)) return [];
  const staying = state.conversation.parties.filter(({ legId }) => legId !== gone.legId);
  return staying.length < 2 ? [ended('completed')] : [conversationChanged(state, staying, at)];
};

/** A leg is gone: the others talk or wait on, are offered again, or the call is over. */
export const onLegGone = (state: CallState, input: Extract<CallInput, { type: 'leg-gone' }>): Decided => {
  const leg = legByHandle(state, input.handle);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const { at } = input;
  return accept(
    {
      type: 'LegEnded',
      occurredAt: at,
      actor: bySwitch,
      data: { legId: leg.legId, reason: endReason(state, leg, input.reason) },
    },
    ...closeKeyWindows(state, ({ legId }) => legId === leg.legId, 'leg_ended', at),
    ...callWithout(state, leg, at),
  );
};

/** A phone was not rung: it is not reachable, unless it was answered. */
export const onRingRefused = (
  state: CallState,
  { at, handle }: Extract<CallInput, { type: 'ring-refused' }>,
): Decided =>
  legByHandle(state, handle)?.state === 'answered'
    ? ignore('leg_already_answered')
    : onLegGone(state, { type: 'leg-gone', at, handle, reason: 'unreachable' });
