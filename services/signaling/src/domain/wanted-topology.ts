import { conversationOf, type Topology } from '@earshot/contracts';
import { legOf, saysLess, type CallState, type Leg } from './call-state.ts';

/** Who shall hear whom on the switch now. */
export interface WantedTopology {
  readonly topologyId: string;
  /** Among the legs that have answered. */
  readonly pairs: Topology;
  /** Legs that have their seat but that nobody shall hear: a mode key asks for less, and its decision is not there yet. */
  readonly muted: readonly string[];
  /** A leg of it has not answered yet, so that more will follow. */
  readonly isPartial: boolean;
}

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
  return {
    topologyId,
    pairs: wanted.filter(({ listener, speaker }) => isIn(listener, 'answered') && isIn(speaker, 'answered')),
    muted: state.supervisors.flatMap(({ legId, mode, pressed }) => (pressed && saysLess(pressed.mode, mode) ? [legId] : [])),
    isPartial: wanted.some(({ listener, speaker }) => isIn(listener, 'new') || isIn(speaker, 'new')),
  };
};

/** Who is heard once the muted are left out. */
export const heardPairs = ({ pairs, muted }: Pick<WantedTopology, 'pairs' | 'muted'>): Topology =>
  pairs.filter(({ speaker }) => !muted.includes(speaker));

const samePairs = (one: Topology, other: Topology): boolean =>
  one.length === other.length && one.every((pair) => other.some(({ listener, speaker }) => listener === pair.listener && speaker === pair.speaker));

/** Whether the log says that the switch carries it. */
export const isApplied = (state: CallState, wanted: WantedTopology): boolean => {
  const applied = state.appliedTopology;
  if (applied?.outcome !== 'done' || !applied.pairs || !samePairs(applied.pairs, heardPairs(wanted))) return false;
  return wanted.isPartial || applied.topologyId === wanted.topologyId;
};
