import type { CallId } from '@earshot/contracts';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import type { Handle } from '../domain/switch.ts';
import { bridgeHolding, mainRoleOf, roleOf, type Layout } from '../domain/topology/layout.ts';

/**
 * How long an order without an answer may still be carried out, in ms. Until then a `place` may take a supervisor to where
 * that voice was wanted a moment ago, so that whoever is to sit elsewhere stays muted.
 */
export const mayComeLateMs = 4_000;

/** Each `place` that got no answer and may be carried out yet, by us or by the process before us. */
export interface StrayOrders {
  /** A `place` got no answer. */
  note(leg: Handle, bridge: string): void;
  /**
   * Another process operated the switch for this call until now. Unless the log proves that nothing of its own was
   * unanswered, an order to bring a supervisor to the customer may still be carried out.
   */
  inherit(callId: CallId, state: CallState): void;
  /** Supervisors whom an earlier order may take to another bridge than they shall be in. */
  mayTake(state: CallState, shall: Layout): readonly Handle[];
}

/**
 * The newest topology was applied with this supervisor heard whispering: nobody lets a whisper be heard while an order to
 * bring it to the customer may come late.
 */
const isProvedSeated = ({ appliedTopology, topology, supervisors }: CallState, legId: string): boolean =>
  appliedTopology?.outcome === 'done' &&
  appliedTopology.topologyId === topology?.topologyId &&
  appliedTopology.pairs?.some(({ speaker }) => speaker === legId) === true &&
  supervisors.some((supervisor) => supervisor.legId === legId && supervisor.mode === 'whisper');

/** Nobody else was ever to be seated. */
const hasSupervised = ({ supervisors, dismissed }: CallState, legId: string): boolean =>
  dismissed.includes(legId) || supervisors.some((supervisor) => supervisor.legId === legId);

export const createStrayOrders = (uptimeMs: () => number): StrayOrders => {
  let orders: readonly { readonly leg: Handle; readonly role: string; readonly until: number }[] = [];
  const note = (leg: Handle, role: string): void => {
    const now = uptimeMs();
    orders = [...orders.filter(({ until }) => until > now), { leg, role, until: now + mayComeLateMs }];
  };
  return {
    note: (leg, bridge) => note(leg, roleOf(bridge)),
    inherit: (callId, state) => {
      for (const { legId, handle } of liveLegs(state))
        if (hasSupervised(state, legId) && !isProvedSeated(state, legId)) note(handle, mainRoleOf(callId));
    },
    mayTake: (state, shall) => {
      const pending = orders.filter(({ until }) => until > uptimeMs());
      const isTaken = (handle: Handle): boolean => {
        const seat = bridgeHolding(shall, handle);
        return pending.some(({ leg, role }) => leg === handle && (!seat || role !== roleOf(seat.id)));
      };
      return liveLegs(state)
        .filter(({ party, state: is }) => party === 'supervisor' && is === 'answered')
        .map(({ handle }) => handle)
        .filter(isTaken);
    },
  };
};
