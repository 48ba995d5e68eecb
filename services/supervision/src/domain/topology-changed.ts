import type { Instant, NewEvent } from '@earshot/contracts';
import { service } from './actors.ts';
import type { CallState } from './call-state.ts';
import { topologyOf, type Supervising } from './topology.ts';

/** Who hears whom from now on, while these supervise. */
export const topologyChanged = (
  state: CallState,
  at: Instant,
  supervisions: readonly Supervising[],
): NewEvent<'TopologyChanged'> => ({
  type: 'TopologyChanged',
  occurredAt: at,
  actor: service,
  data: {
    topologyId: `${state.callId}-t${state.topologyCount + 1}`,
    revision: state.revision,
    pairs: topologyOf(state.parties, supervisions),
  },
});
