import type { HearingPair } from '@earshot/contracts';
import type { Handle } from '../switch.ts';
import { bridgeHolding, snoopCalled, type BridgeLayout, type Layout } from './layout.ts';

type Bridged = Pick<Layout, 'bridges' | 'snoops' | 'muted'>;

/**
 * Legs whose voice a participant of a bridge gets from it: every other leg in it, and through a snoop in it the leg
 * snooped on and all that this leg gets from its own bridge. What is whispered to a leg is not carried by snoops on it:
 * a switch takes a snoop's audio before it adds whispers.
 */
const voicesIn = (
  layout: Bridged,
  bridge: BridgeLayout,
  exceptFor: string | undefined,
  seen: ReadonlySet<string>,
): Set<Handle> => {
  const voices = new Set<Handle>();
  for (const participant of bridge.participants) {
    if (participant === exceptFor) continue;
    const snoop = snoopCalled(layout, participant);
    if (!snoop) {
      if (!layout.muted.includes(participant)) voices.add(participant);
      continue;
    }
    if (seen.has(snoop.id)) continue;
    if (!layout.muted.includes(snoop.on)) voices.add(snoop.on);
    const home = bridgeHolding(layout, snoop.on);
    if (home)
      for (const voice of voicesIn(layout, home, snoop.on, new Set([...seen, snoop.id]))) voices.add(voice);
  }
  return voices;
};

/** Legs whose voice is in the mix of a bridge: what a recorder of it gets. */
export const voicesInBridge = (layout: Bridged, bridgeId: string): readonly Handle[] => {
  const bridge = layout.bridges.find(({ id }) => id === bridgeId);
  return bridge ? [...voicesIn(layout, bridge, undefined, new Set())] : [];
};

/** Who hears whom with this layout, by handles: the model that every step to a new topology is proved against. */
export const pairsHeard = (layout: Bridged): HearingPair[] => {
  const pairs = new Map<string, HearingPair>();
  const hear = (listener: Handle, speakers: Iterable<Handle>) => {
    for (const speaker of speakers)
      if (speaker !== listener) pairs.set(pairKey({ listener, speaker }), { listener, speaker });
  };
  const snoopIds = new Set(layout.snoops.map(({ id }) => id));
  for (const bridge of layout.bridges) {
    for (const participant of bridge.participants) {
      if (!snoopIds.has(participant)) hear(participant, voicesIn(layout, bridge, participant, new Set()));
    }
  }
  for (const snoop of layout.snoops) {
    const bridge = bridgeHolding(layout, snoop.id);
    if (snoop.speaksTo === 'leg' && bridge)
      hear(snoop.on, voicesIn(layout, bridge, snoop.id, new Set([snoop.id])));
  }
  return [...pairs.values()];
};

/** A pair as a text, for sets of pairs. */
export const pairKey = ({ listener, speaker }: HearingPair): string => JSON.stringify([listener, speaker]);
