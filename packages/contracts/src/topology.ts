import { Type, type Static } from 'typebox';

/** One leg hears another: the unit of who may hear whom. Both are leg ids of the same call. */
export const HearingPair = Type.Object({ listener: Type.String(), speaker: Type.String() });
export type HearingPair = Static<typeof HearingPair>;

/** All pairs (listener, speaker) of a call at one moment; whoever is in no pair hears nobody. */
export const Topology = Type.Array(HearingPair);
export type Topology = Static<typeof Topology>;

/** How a leg takes part: talks with all others that talk; waits on hold, hearing nobody of them; or talks apart with those it consults. */
export const Part = Type.Union([Type.Literal('talking'), Type.Literal('held'), Type.Literal('consulting')]);
export type Part = Static<typeof Part>;

/** Who takes part in the conversation of a call, and how; supervisors are not parties. */
export const Parties = Type.Array(Type.Object({ legId: Type.String(), as: Part }));
export type Parties = Static<typeof Parties>;

/** The legs that a leg talks with, itself among them: whoever talks with whoever talks, whoever consults with whoever consults. */
export const companyOf = (legId: string, parties: Parties): readonly string[] => {
  const part = parties.find((party) => party.legId === legId)?.as;
  return part === undefined || part === 'held'
    ? []
    : parties.filter(({ as }) => as === part).map((party) => party.legId);
};

/** Who hears whom in a conversation that nobody supervises. */
export const conversationOf = (parties: Parties): Topology =>
  parties.flatMap(({ legId: listener }) =>
    companyOf(listener, parties)
      .filter((speaker) => speaker !== listener)
      .map((speaker) => ({ listener, speaker })),
  );
