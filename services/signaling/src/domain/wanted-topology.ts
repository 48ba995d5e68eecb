import { conversationOf, isHeardByFewer, type Topology } from '@earshot/contracts';
import { legOf, liveLegs, type CallState, type Leg } from './call-state.ts';

/** Who shall hear whom on the switch now. */
export interface WantedTopology {
  readonly topologyId: string;
  /** Among the legs that have answered. */
  readonly pairs: Topology;
  /**
   * Legs that have their seat but that nobody shall hear, wherever they sit: supervisors who are heard by nobody, so that an
   * order which the switch carries out late lets no voice through; and those whose mode key asks for less than is decided yet.
   */
  readonly muted: readonly string[];
  /** A leg of it has not answered yet, so that more will follow. */
  readonly isPartial: boolean;
}

const mutedIn = ({ legs, supervisors }: CallState, pairs: Topology): readonly string[] =>
  legs.flatMap(({ legId, party }) => {
    if (party !== 'supervisor' || !pairs.some(({ listener }) => listener === legId)) return [];
    const known = supervisors.find((supervisor) => supervisor.legId === legId);
    const asksForLess = known?.pressed ? isHeardByFewer(known.pressed.mode, known.mode) : false;
    return asksForLess || !pairs.some(({ speaker }) => speaker === legId) ? [legId] : [];
  });

/**
 * Supervision's topology, when it was made for the conversation as it stands. Between a change of the conversation and
 * its topology the parties are together and nobody else is heard: an older topology says nothing about them.
 * Undefined: nobody talks.
 */
export const wantedTopology = (state: CallState): WantedTopology | undefined => {
  const { conversation, topology } = state;
  if (!conversation || state.ended) return undefined;
  const isCurrent = topology?.revision === conversation.revision;
  const topologyId = isCurrent ? topology.topologyId : `${state.callId}-c${conversation.revision}`;
  const wanted = isCurrent ? topology.pairs : conversationOf(conversation.parties);
  const isIn = (legId: string, what: Leg['state']): boolean => legOf(state, legId)?.state === what;
  const pairs = wanted.filter(
    ({ listener, speaker }) => isIn(listener, 'answered') && isIn(speaker, 'answered'),
  );
  return {
    topologyId,
    pairs,
    muted: mutedIn(state, pairs),
    isPartial: wanted.some(({ listener, speaker }) => isIn(listener, 'new') || isIn(speaker, 'new')),
  };
};

/** Who is heard once the muted are left out. */
export const heardPairs = ({ pairs, muted }: Pick<WantedTopology, 'pairs' | 'muted'>): Topology =>
  pairs.filter(({ speaker }) => !muted.includes(speaker));

/** Supervisors whom not every party shall hear: nobody may, while it is not known what the switch carries. */
export const notHeardByAll = (state: CallState, wanted: WantedTopology | undefined): readonly Leg[] => {
  const parties = state.conversation?.parties ?? [];
  const isHeardByAll = (legId: string): boolean =>
    wanted !== undefined &&
    !wanted.muted.includes(legId) &&
    parties.every(({ legId: listener }) =>
      wanted.pairs.some((pair) => pair.listener === listener && pair.speaker === legId),
    );
  return liveLegs(state).filter(
    ({ party, state: its, legId }) => party === 'supervisor' && its === 'answered' && !isHeardByAll(legId),
  );
};

const samePairs = (one: Topology, other: Topology): boolean =>
  one.length === other.length &&
  one.every((pair) =>
    other.some(({ listener, speaker }) => listener === pair.listener && speaker === pair.speaker),
  );

/** Whether the log says that the switch carries it. */
export const isApplied = (state: CallState, wanted: WantedTopology): boolean => {
  const applied = state.appliedTopology;
  if (applied?.outcome !== 'done' || !applied.pairs || !samePairs(applied.pairs, heardPairs(wanted)))
    return false;
  return wanted.isPartial || applied.topologyId === wanted.topologyId;
};
