import type { Parties } from '@earshot/contracts';
import type { CallState } from './call-state.ts';
import { closeSpan, openSpan } from './times.ts';

/**
 * Takes over who takes part in the conversation, and opens or closes the talk of each leg and of the customer
 * accordingly. Being held and consulting a colleague are no talk.
 */
export const converse = (call: CallState, parties: Parties, at: number): CallState => {
  const talking = new Set(parties.filter(({ as }) => as === 'talking').map(({ legId }) => legId));
  const legs = call.legs.map((leg) => {
    const talks =
      talking.size > 1 && talking.has(leg.legId) ? openSpan(leg.talks, at) : closeSpan(leg.talks, at);
    return talks === leg.talks ? leg : { ...leg, talks };
  });
  const roles = new Set(legs.filter(({ legId }) => talking.has(legId)).map(({ party }) => party));
  const isTalk = roles.has('customer') && roles.has('agent');
  return { ...call, parties, legs, talks: isTalk ? openSpan(call.talks, at) : closeSpan(call.talks, at) };
};

/** A leg left: nobody talks with it any more. */
export const part = (call: CallState, gone: string, at: number): CallState =>
  converse(
    call,
    call.parties.filter(({ legId }) => legId !== gone),
    at,
  );
