import type { CallId, HearingPair } from '@earshot/contracts';
import type { Handle } from '../switch.ts';
import { emptyLayout, mainRoleOf, type Layout, type SnoopLayout } from './layout.ts';
import { pairKey, pairsHeard } from './pairs-heard.ts';

/** A leg as far as a layout needs to know it. */
export interface SeatedLeg {
  readonly legId: string;
  readonly handle: Handle;
  readonly party: 'customer' | 'agent' | 'supervisor';
}

/**
 * Why bridges and snoops cannot carry a topology: `unknown_leg`, a pair names a leg that is not there;
 * `no_conversation`, no set of legs hear each other so that everybody else listens to all of them;
 * `party_outside`, a customer or an agent would have to listen through a snoop, where the recorder does not hear them;
 * `not_carried`, the nearest layout would let somebody hear too much or too little.
 */
export type ImpossibleTopology = 'unknown_leg' | 'no_conversation' | 'party_outside' | 'not_carried';

export type LayoutResult =
  | { readonly possible: true; readonly layout: Layout }
  | { readonly possible: false; readonly reason: ImpossibleTopology };

/**
 * The legs that talk with each other. Who is heard by two or more belongs to them: a supervisor who is not one of them
 * is heard by one leg at most. With two legs in all there is no such difference, and being heard at all decides.
 */
const conversationOf = (pairs: readonly HearingPair[]): readonly string[] => {
  const legs = new Set(pairs.flatMap(({ listener, speaker }) => [listener, speaker]));
  const atLeast = Math.min(2, legs.size - 1);
  return [...legs].filter((leg) => pairs.filter(({ speaker }) => speaker === leg).length >= atLeast);
};

/** Where those who listen sit: each in a private bridge, with a snoop on the one who hears them, or else on an agent. */
const seatsOf = (
  callId: CallId,
  pairs: readonly HearingPair[],
  talking: readonly SeatedLeg[],
  listening: readonly SeatedLeg[],
) => {
  // Whichever leg a spy's snoop is on, the spy hears the same; the agent's is the one that whispering will need.
  const spiedOn = talking.find(({ party }) => party === 'agent') ?? talking[0];
  const short = (legId: string): string =>
    legId.startsWith(`${callId}-`) ? legId.slice(callId.length + 1) : legId;
  return listening.flatMap((leg) => {
    const hearer = talking.find(({ legId }) =>
      pairs.some(({ listener, speaker }) => listener === legId && speaker === leg.legId),
    );
    const on = hearer ?? spiedOn;
    if (!on) return [];
    const speaksTo: SnoopLayout['speaksTo'] = hearer ? 'leg' : 'nobody';
    const name = `${short(leg.legId)}-on-${short(on.legId)}-speaks-to-${speaksTo}`;
    const snoop: SnoopLayout = { id: `${callId}-snoop-${name}`, on: on.handle, speaksTo };
    return [{ snoop, bridge: { id: `${callId}-private-${name}`, participants: [snoop.id, leg.handle] } }];
  });
};

/** Whether everybody hears in it whom they shall hear, and nobody else. */
const carries = (
  layout: Layout,
  pairs: readonly HearingPair[],
  legs: ReadonlyMap<string, SeatedLeg>,
): boolean => {
  const handleOf = (legId: string): Handle => legs.get(legId)?.handle ?? legId;
  const wanted = new Set(
    pairs.map(({ listener, speaker }) =>
      pairKey({ listener: handleOf(listener), speaker: handleOf(speaker) }),
    ),
  );
  const heard = pairsHeard(layout);
  return heard.length === wanted.size && heard.every((pair) => wanted.has(pairKey(pair)));
};

/**
 * The layout that carries a topology. Legs that all hear each other (agent, customer, barging supervisors) are in the
 * main bridge. Whoever hears all of them unheard (spy), or heard by one of them (whisper), sits in a private bridge with
 * a snoop on that one leg. The ids are roles: they tell who sits there, on whom and speaking to whom, so that a change of
 * mode never reuses a snoop of another direction; `named` makes ids of them.
 * `legs` are the answered legs of the call in the order the call got them; one that is in no pair has no seat. Those of
 * `muted` (leg ids) have the seat that the topology gives them, and nobody hears them.
 */
export const layoutOf = (
  callId: CallId,
  topology: readonly HearingPair[],
  legs: readonly SeatedLeg[],
  muted: readonly string[] = [],
): LayoutResult => {
  const pairs = [...new Map(topology.map((pair) => [pairKey(pair), pair])).values()];
  if (pairs.length === 0) return { possible: true, layout: emptyLayout };
  const byId = new Map(legs.map((leg) => [leg.legId, leg]));
  if (pairs.some(({ listener, speaker }) => !byId.has(listener) || !byId.has(speaker)))
    return { possible: false, reason: 'unknown_leg' };

  const conversation = new Set(conversationOf(pairs));
  if (conversation.size === 0) return { possible: false, reason: 'no_conversation' };
  const talking = legs.filter(({ legId }) => conversation.has(legId));
  const listening = legs.filter(
    ({ legId }) => !conversation.has(legId) && pairs.some(({ listener }) => listener === legId),
  );
  if (listening.some(({ party }) => party !== 'supervisor'))
    return { possible: false, reason: 'party_outside' };

  const seats = seatsOf(callId, pairs, talking, listening);
  const layout: Layout = {
    bridges: [
      { id: mainRoleOf(callId), participants: talking.map(({ handle }) => handle) },
      ...seats.map(({ bridge }) => bridge),
    ],
    snoops: seats.map(({ snoop }) => snoop),
    absorbed: [...talking, ...listening]
      .filter(({ party }) => party === 'supervisor')
      .map(({ handle }) => handle),
    muted: [],
  };
  if (!carries(layout, pairs, byId)) return { possible: false, reason: 'not_carried' };
  const silent = legs.filter(({ legId }) => muted.includes(legId)).map(({ handle }) => handle);
  return { possible: true, layout: { ...layout, muted: silent } };
};
