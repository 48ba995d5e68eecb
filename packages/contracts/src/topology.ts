import { Type, type Static } from 'typebox';

/** One leg hears another: the unit of who may hear whom. Both are leg ids of the same call. */
export const HearingPair = Type.Object({ listener: Type.String(), speaker: Type.String() });
export type HearingPair = Static<typeof HearingPair>;

/** All pairs (listener, speaker) of a call at one moment; whoever is in no pair hears nobody. */
export const Topology = Type.Array(HearingPair);
export type Topology = Static<typeof Topology>;
