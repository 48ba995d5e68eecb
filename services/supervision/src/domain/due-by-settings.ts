import type { Instant } from '@earshot/contracts';
import { isBehind, type CallState } from './call-state.ts';
import type { Permissions } from './permission.ts';
import { isTopologyOutdated } from './topology-changed.ts';
import { withdrawnNow, type Withdrawal } from './withdrawal.ts';

/** What the settings, as they stand now, ask of a call on which somebody supervises. */
export interface DueBySettings {
  readonly withdrawn: readonly Withdrawal[];
  /** How many topologies were decided by then: with what is withdrawn it says what exactly this is due for. */
  readonly afterTopology: number;
}

/** Null: nothing. A change of the conversation that is not decided on yet brings its topology by itself. */
export const dueBySettings = (
  state: CallState,
  permissions: Permissions,
  now: Instant,
): DueBySettings | null => {
  const withdrawn = withdrawnNow(state, permissions, now);
  const mayBeOutdated = !isBehind(state) && state.topology?.revision === state.revision;
  const isOutdated =
    mayBeOutdated && state.supervisions.length > 1 && isTopologyOutdated(state, permissions.rules());
  return withdrawn.length === 0 && !isOutdated ? null : { withdrawn, afterTopology: state.topologyCount };
};
