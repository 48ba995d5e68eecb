import type { CallId, Topology } from '@earshot/contracts';
import type { Logger } from '@earshot/service-kit';
import { liveLegs, type CallState } from './domain/call-state.ts';
import type { Outcome, Switch } from './domain/switch.ts';
import { applied, emptyLayout, layoutSeen, type Layout } from './domain/topology/layout.ts';
import { layoutOf } from './domain/topology/layout-of.ts';
import { stepsFrom } from './domain/topology/steps-from.ts';

/** How often a topology is tried, looking at the switch afresh each time, before it counts as not applied. */
const attempts = 3;

/** Makes the switch match topologies, and remembers what it made so that it need not ask each time. */
export interface TopologyOnSwitch {
  /** `done` when every step was done; else the answer to the last try. */
  apply(callId: CallId, state: CallState, pairs: Topology): Promise<Outcome>;
  /** Drops every bridge and snoop of a call. */
  clear(callId: CallId): Promise<void>;
  /** The switch may have changed behind our back: ask it the next time. */
  forgetAll(): void;
}

export const createTopologyOnSwitch = (theSwitch: Switch, logger: Logger): TopologyOnSwitch => {
  const known = new Map<CallId, Layout>();
  /** Calls on which a step was not done, so that only the switch knows how far it came. */
  const doubtful = new Set<CallId>();

  const supervisorsOf = (state: CallState): string[] =>
    state.legs.filter(({ party }) => party === 'supervisor').map(({ handle }) => handle);

  /** What is on the switch, less the legs that have left since: the switch takes those out by itself. */
  const layoutNow = async (callId: CallId, state: CallState): Promise<Layout> => {
    const there = new Set(liveLegs(state).map(({ handle }) => handle));
    const isUntouched = state.appliedTopology === null && !doubtful.has(callId);
    const layout = known.get(callId) ?? (isUntouched ? emptyLayout : layoutSeen(callId, await theSwitch.snapshot(), supervisorsOf(state)));
    const snoops = layout.snoops.filter(({ on }) => there.has(on));
    const isThere = (participant: string): boolean => there.has(participant) || snoops.some(({ id }) => id === participant);
    return {
      bridges: layout.bridges.map(({ id, participants }) => ({ id, participants: participants.filter(isThere) })),
      snoops, absorbed: layout.absorbed.filter((handle) => there.has(handle)),
    };
  };

  const carryOut = async (callId: CallId, is: Layout, shall: Layout): Promise<Outcome> => {
    let now = is;
    for (const operation of stepsFrom(is, shall)) {
      const outcome = await theSwitch.perform(operation);
      if (outcome.outcome !== 'done') {
        known.delete(callId);
        doubtful.add(callId);
        return outcome;
      }
      now = applied(now, operation);
    }
    known.set(callId, now);
    return { outcome: 'done' };
  };

  return {
    apply: async (callId, state, pairs) => {
      const legs = liveLegs(state).filter((leg) => leg.state === 'answered');
      const wanted = layoutOf(callId, pairs, legs);
      if (!wanted.possible) return { outcome: 'refused', reason: wanted.reason };
      let outcome: Outcome = { outcome: 'unknown', reason: 'not tried' };
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        outcome = await carryOut(callId, await layoutNow(callId, state), wanted.layout);
        if (outcome.outcome === 'done') return outcome;
        logger.warn({ callId, attempt, reason: outcome.reason }, 'a step towards the topology was not done');
      }
      return outcome;
    },
    clear: async (callId) => {
      const layout = known.get(callId);
      known.delete(callId);
      doubtful.delete(callId);
      for (const { id } of layout?.snoops ?? []) await theSwitch.perform({ op: 'drop-snoop', snoop: id });
      for (const { id } of layout?.bridges ?? []) await theSwitch.perform({ op: 'drop-bridge', bridge: id });
    },
    forgetAll: () => known.clear(),
  };
};
