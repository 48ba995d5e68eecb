import type { CallId } from '@earshot/contracts';
import type { Logger } from '@earshot/service-kit';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import {
  notTheMaster,
  type Handle,
  type Outcome,
  type Switch,
  type SwitchOperation,
} from '../domain/switch.ts';
import { applied, bridgeHolding, layoutSeen, type Layout } from '../domain/topology/layout.ts';
import { layoutOf } from '../domain/topology/layout-of.ts';
import { named, type NewId } from '../domain/topology/named.ts';
import { stepsFrom } from '../domain/topology/steps-from.ts';
import { notHeardByAll, type WantedTopology } from '../domain/wanted-topology.ts';
import { createLayouts, type Layouts } from './layouts.ts';
import { createMutes, type Mutes } from './mutes.ts';
import { createStrayOrders, type StrayOrders } from './stray-orders.ts';

/** How often a topology may be refused: as remembered, looking at the switch afresh, and with what was refused made anew. */
const mostRefusals = 3;
/** How often the switch may not answer, before it is tried again later. */
const mostSilences = 3;

const lateReason =
  'an order without an answer could still take this supervisor to another bridge: the voice has to wait';

/** What a call wants now; asked again before every step, so that nothing is added that is no longer wanted. */
export interface Wish {
  readonly state: CallState;
  readonly wanted: WantedTopology;
}

/** What became of a wish, and which one it was: a newer one may have taken its place on the way. */
export type Granted = Outcome & { readonly wanted: WantedTopology };

/** Makes the switch match topologies, and remembers what it saw or made so that it need not ask each time. */
export interface TopologyOnSwitch {
  /** Undefined: nothing is wanted any more. */
  apply(callId: CallId, wish: () => Wish | undefined): Promise<Granted | undefined>;
  /** Takes a voice away at once, beside whatever else is under way. */
  mute(callId: CallId, leg: Handle): Promise<Outcome>;
  /** Legs of a call that may be muted. */
  mutedOn(callId: CallId): ReadonlySet<Handle>;
  /** The bridge that the parties are in. */
  mainBridgeOf(callId: CallId): string | undefined;
  /**
   * Another process operated the switch for this call until now. Unless the log proves that nothing of its own was
   * unanswered, an order to bring a supervisor to the customer may still be carried out.
   */
  inherit(callId: CallId, state: CallState): void;
  /** The switch was seen to have something else than was made of a call, which was not put right yet. */
  hasMoved(callId: CallId): boolean;
  /** What the switch was seen to have of a call counts from now on. */
  saw(callId: CallId, layout: Layout): void;
  /** The switch may have changed behind our back: ask it the next time. */
  doubt(callId: CallId): void;
  /** Drops every bridge and snoop of a call. @throws when it has to look at the switch, which does not answer */
  clear(callId: CallId): Promise<Outcome>;
  /** The call is over. */
  forget(callId: CallId, state: CallState): void;
}

const nothingAsked = { recorders: [], prompts: [], keysOf: [] };
const sameWish = (one: WantedTopology, other: WantedTopology | undefined): boolean =>
  other !== undefined &&
  JSON.stringify([one.topologyId, one.pairs, one.muted]) ===
    JSON.stringify([other.topologyId, other.pairs, other.muted]);

const supervisorsOf = (state: CallState): Handle[] =>
  state.legs.filter(({ party }) => party === 'supervisor').map(({ handle }) => handle);

/** What a topology is made with. */
interface Means extends Pick<Switch, 'perform' | 'snapshot'> {
  readonly layouts: Layouts;
  readonly mutes: Mutes;
  readonly strays: StrayOrders;
  readonly newId: NewId;
  /** What another process has made since is not undone after an older state of the call. */
  readonly isMaster: () => boolean;
}

const performing =
  ({ perform, mutes, strays, isMaster }: Means) =>
  async (callId: CallId, operation: SwitchOperation): Promise<Outcome> => {
    if (!isMaster()) return notTheMaster;
    if (operation.op === 'mute') return mutes.mute(callId, operation.leg);
    if (operation.op === 'unmute') return mutes.unmute(callId, operation.leg);
    const outcome = await perform(operation);
    if (outcome.outcome === 'unknown' && operation.op === 'place')
      strays.note(operation.participant, operation.bridge);
    return outcome;
  };

/** Takes the steps from what is to what shall be. Undefined: something else is wanted by now. */
const carryingOut = (means: Means) => {
  const perform = performing(means);
  return async (
    callId: CallId,
    is: Layout,
    shall: Layout,
    isStillWanted: () => boolean,
  ): Promise<Outcome | undefined> => {
    let now = is;
    for (const operation of stepsFrom(is, shall)) {
      if (!isStillWanted()) return undefined;
      const outcome = await perform(callId, operation);
      if (outcome.outcome !== 'done') {
        means.layouts.lost(callId);
        return outcome;
      }
      now = applied(now, operation);
      means.layouts.made(callId, now);
    }
    means.layouts.made(callId, now);
    return { outcome: 'done' };
  };
};

const seeing =
  ({ layouts, mutes }: Means) =>
  (callId: CallId, layout: Layout): void => {
    layouts.saw(callId, layout);
    mutes.saw(callId, layout);
  };

/** Undefined: it was seen. */
const looking = (means: Means) => {
  const saw = seeing(means);
  return async (callId: CallId, state: CallState): Promise<Outcome | undefined> => {
    try {
      saw(callId, layoutSeen(callId, await means.snapshot(nothingAsked), supervisorsOf(state)));
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'the switch did not answer';
      return { outcome: 'unknown', reason };
    }
  };
};

/**
 * Whoever has no seat any more may be gone already, and is no reason to refuse the others theirs: only a switch that does not
 * answer is. Undefined: none of them is heard.
 */
const silencingLeaving =
  ({ mutes }: Means) =>
  async (callId: CallId, legs: readonly Handle[]): Promise<Outcome | undefined> => {
    const outcomes = await Promise.all(legs.map((leg) => mutes.mute(callId, leg)));
    return outcomes.find(({ outcome }) => outcome === 'unknown');
  };

/** Undefined: it is known what the switch has of this call. Until it is, a voice that not every party shall hear is gone. */
const lookingInSilence = (means: Means) => {
  const look = looking(means);
  return async (callId: CallId, { state, wanted }: Wish): Promise<Outcome | undefined> => {
    if (!means.layouts.isInDoubt(callId, state)) return undefined;
    const silent = notHeardByAll(state, wanted).map(({ handle }) => handle);
    const sure = means.mutes.whenWanted(callId, silent);
    const [blind] = await Promise.all([
      look(callId, state),
      ...silent.filter((leg) => !sure.includes(leg)).map((leg) => means.mutes.mute(callId, leg)),
    ]);
    return blind;
  };
};

/** One way from what is remembered, or seen, to a wish. Undefined: something else is wanted by now. */
const tryingOnce = (means: Means) => {
  const { layouts, mutes, strays, newId } = means;
  const lookInSilence = lookingInSilence(means);
  const carryOut = carryingOut(means);
  const silenceLeaving = silencingLeaving(means);
  return async (
    callId: CallId,
    { state, wanted }: Wish,
    refusals: number,
    isStillWanted: () => boolean,
  ): Promise<Outcome | undefined> => {
    const legs = liveLegs(state).filter((leg) => leg.state === 'answered');
    const roles = layoutOf(callId, wanted.pairs, legs, wanted.muted);
    if (!roles.possible) return { outcome: 'refused', reason: roles.reason };
    const blind = await lookInSilence(callId, { state, wanted });
    if (blind) return blind;
    const there = new Set(liveLegs(state).map(({ handle }) => handle));
    const seats = layouts.of(callId, state);
    const shall = named(roles.layout, seats, newId, refusals === mostRefusals - 1);
    const straying = strays.mayTake(state, shall).filter((leg) => !shall.muted.includes(leg));
    const silent = { ...shall, muted: [...shall.muted, ...straying] };
    // Whoever stays silent because of where they may be taken has to be muted for sure, as much as who shall be.
    const sure = mutes.whenWanted(callId, silent.muted);
    const leaving = straying.filter((leg) => !bridgeHolding(shall, leg) && !sure.includes(leg));
    const unheard = await silenceLeaving(callId, leaving);
    if (unheard) return unheard;
    const muted = [...sure, ...leaving].filter((leg) => there.has(leg));
    const outcome = await carryOut(callId, { ...seats, muted }, silent, isStillWanted);
    if (outcome?.outcome !== 'done' || straying.length === 0) return outcome;
    // Where they are by then has to be seen before they are given their voice.
    layouts.doubt(callId);
    return { outcome: 'unknown', reason: lateReason };
  };
};

const applying = (means: Means, logger: Logger): TopologyOnSwitch['apply'] => {
  const tryOnce = tryingOnce(means);
  return async (callId, wish) => {
    for (let [refusals, silences] = [0, 0]; ;) {
      const now = wish();
      if (!now) return undefined;
      if (!means.isMaster()) return { ...notTheMaster, wanted: now.wanted };
      const outcome = await tryOnce(callId, now, refusals, () => sameWish(now.wanted, wish()?.wanted));
      if (outcome?.outcome === 'done') {
        means.layouts.putRight(callId);
        return { ...outcome, wanted: now.wanted };
      }
      if (!outcome) {
        [refusals, silences] = [0, 0];
        continue;
      }
      if (outcome.outcome === 'refused') refusals += 1;
      else silences += 1;
      if (refusals === mostRefusals || silences === mostSilences) return { ...outcome, wanted: now.wanted };
      logger.warn(
        { callId, refusals, silences, reason: outcome.reason },
        'a step towards the topology was not done',
      );
    }
  };
};

const clearing =
  ({ layouts, perform, snapshot }: Means): TopologyOnSwitch['clear'] =>
  async (callId) => {
    const { snoops, bridges } =
      layouts.trusted(callId) ?? layoutSeen(callId, await snapshot(nothingAsked), []);
    let worst: Outcome = { outcome: 'done' };
    const drops: readonly SwitchOperation[] = [
      ...snoops.map(({ id }) => ({ op: 'drop-snoop' as const, snoop: id })),
      ...bridges.map(({ id }) => ({ op: 'drop-bridge' as const, bridge: id })),
    ];
    for (const operation of drops) {
      const outcome = await perform(operation);
      if (outcome.outcome !== 'done') worst = outcome;
    }
    return worst;
  };

export const createTopologyOnSwitch = (
  theSwitch: Switch,
  logger: Logger,
  newId: NewId,
  uptimeMs: () => number,
  isMaster: () => boolean,
): TopologyOnSwitch => {
  const layouts = createLayouts();
  const mutes = createMutes(theSwitch, uptimeMs);
  const strays = createStrayOrders(uptimeMs);
  const { perform, snapshot } = theSwitch;
  const means: Means = { perform, snapshot, layouts, mutes, strays, newId, isMaster };
  return {
    apply: applying(means, logger),
    mute: mutes.mute,
    mutedOn: mutes.of,
    hasMoved: layouts.hasMoved,
    inherit: (callId, state) => {
      mutes.inherit(callId, supervisorsOf(state));
      strays.inherit(callId, state);
    },
    saw: seeing(means),
    mainBridgeOf: layouts.mainBridgeOf,
    doubt: layouts.doubt,
    clear: clearing(means),
    forget: (callId, state) => {
      layouts.forget(callId);
      mutes.forget(callId, supervisorsOf(state));
    },
  };
};
