import type { Instant, NewEvent, Topology } from '@earshot/contracts';
import { service } from './actors.ts';
import type { CallState } from './call-state.ts';
import type { TenantRules } from './permission.ts';
import { topologyOf, type Supervising } from './topology.ts';

/** Who hears whom from now on, while these supervise. */
export const topologyChanged = (
  state: CallState,
  at: Instant,
  { hearEachOther }: TenantRules,
  supervisions: readonly Supervising[],
): NewEvent<'TopologyChanged'> => ({
  type: 'TopologyChanged',
  occurredAt: at,
  actor: service,
  data: {
    topologyId: `${state.callId}-t${state.topologyCount + 1}`,
    revision: state.revision,
    pairs: topologyOf(state.parties, supervisions, hearEachOther),
  },
});

/** Whether who hears whom would be decided otherwise now: the conversation has changed, or the rules of the tenant. */
export const isTopologyOutdated = (
  { topology, parties, supervisions }: CallState,
  { hearEachOther }: TenantRules,
): boolean =>
  topology !== null && !arePairsOf(topology.pairs, topologyOf(parties, supervisions, hearEachOther));

/** The same pairs; their order may be another, since modes have been taken in another. */
const arePairsOf = (one: Topology, other: Topology): boolean => {
  const keysOf = (topology: Topology) =>
    new Set(topology.map(({ listener, speaker }) => JSON.stringify([listener, speaker])));
  return keysOf(one).symmetricDifference(keysOf(other)).size === 0;
};
