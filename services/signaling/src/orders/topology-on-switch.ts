import type { CallId } from '@earshot/contracts';
import type { Logger } from '@earshot/service-kit';
import { liveLegs, type CallState } from '../domain/call-state.ts';
import type { Handle, Outcome, Switch, SwitchOperation } from '../domain/switch.ts';
import {
  applied,
  bridgeHolding,
  emptyLayout,
  layoutSeen,
  mainBridgeIn,
  mainRoleOf,
  roleOf,
  sameSeats,
  type Layout,
} from '../domain/topology/layout.ts';
import { layoutOf } from '../domain/topology/layout-of.ts';
import { named, type NewId } from '../domain/topology/named.ts';
import { stepsFrom } from '../domain/topology/steps-from.ts';
import type { WantedTopology } from '../domain/wanted-topology.ts';

/** How often a topology may be refused: as remembered, looking at the switch afresh, and with what was refused made anew. */
const mostRefusals = 3;
/** How often the switch may not answer, before it is tried again later. */
const mostSilences = 3;

/**
 * How long a `place` without an answer may still be carried out, in ms. Until then it may take a supervisor to where that
 * voice was wanted a moment ago, so that whoever is to sit elsewhere stays muted.
 */
const mayComeLateMs = 4_000;
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
  forget(callId: CallId): void;
}

const nothingAsked = { recorders: [], prompts: [] };
const sameWish = (one: WantedTopology, other: WantedTopology | undefined): boolean =>
  other !== undefined &&
  JSON.stringify([one.topologyId, one.pairs, one.muted]) ===
    JSON.stringify([other.topologyId, other.pairs, other.muted]);

const supervisorsOf = (state: CallState): Handle[] =>
  state.legs.filter(({ party }) => party === 'supervisor').map(({ handle }) => handle);

/**
 * The newest topology was applied with this supervisor heard whispering: nobody lets a whisper be heard while an order to
 * bring it to the customer may come late.
 */
const isProvedSeated = ({ appliedTopology, topology, supervisors }: CallState, legId: string): boolean =>
  appliedTopology?.outcome === 'done' &&
  appliedTopology.topologyId === topology?.topologyId &&
  appliedTopology.pairs?.some(({ speaker }) => speaker === legId) === true &&
  supervisors.some((supervisor) => supervisor.legId === legId && supervisor.mode === 'whisper');

/** A layout less the legs that have left since: the switch takes those out by itself. */
const withoutTheGone = (layout: Layout, state: CallState): Layout => {
  const there = new Set(liveLegs(state).map(({ handle }) => handle));
  const snoops = layout.snoops.filter(({ on }) => there.has(on));
  const isThere = (participant: string): boolean =>
    there.has(participant) || snoops.some(({ id }) => id === participant);
  return {
    bridges: layout.bridges.map(({ id, participants }) => ({
      id,
      participants: participants.filter(isThere),
    })),
    snoops,
    absorbed: layout.absorbed.filter((leg) => there.has(leg)),
    muted: layout.muted.filter((leg) => there.has(leg)),
  };
};

export const createTopologyOnSwitch = (
  theSwitch: Switch,
  logger: Logger,
  newId: NewId,
  uptimeMs: () => number,
): TopologyOnSwitch => {
  const known = new Map<CallId, Layout>();
  const doubtful = new Set<CallId>();
  const moved = new Set<CallId>();
  /** Legs that may be muted: kept apart from the layout, because a voice is taken away while a layout is being made. */
  const muted = new Map<CallId, Set<Handle>>();
  /** Legs that are muted without doubt: no others count as muted when they shall be. */
  const surelyMuted = new Set<Handle>();
  const unmuting = new Map<Handle, Promise<unknown>>();
  /** Each `place` that got no answer and may be carried out yet. */
  let astray: readonly { readonly leg: Handle; readonly role: string; readonly until: number }[] = [];
  const mutedOn = (callId: CallId): Set<Handle> => muted.get(callId) ?? new Set();
  const noteMuted = (callId: CallId, legs: readonly Handle[]): void => void muted.set(callId, new Set(legs));

  const saw = (callId: CallId, layout: Layout): void => {
    if (!sameSeats(layout, known.get(callId))) moved.add(callId);
    known.set(callId, layout);
    doubtful.delete(callId);
    noteMuted(callId, [...mutedOn(callId), ...layout.muted]);
    for (const leg of layout.muted) surelyMuted.delete(leg);
  };
  const look = async (callId: CallId, state: CallState): Promise<void> =>
    saw(callId, layoutSeen(callId, await theSwitch.snapshot(nothingAsked), supervisorsOf(state)));
  const layoutNow = (callId: CallId, state: CallState, shallBeMuted: readonly Handle[]): Layout => {
    const isMuted = [...mutedOn(callId)].filter((leg) => surelyMuted.has(leg) || !shallBeMuted.includes(leg));
    return withoutTheGone({ ...(known.get(callId) ?? emptyLayout), muted: isMuted }, state);
  };

  const muteOnce = async (leg: Handle): Promise<Outcome> => {
    const outcome = await theSwitch.perform({ op: 'mute', leg });
    if (outcome.outcome === 'done') surelyMuted.add(leg);
    return outcome;
  };

  const mute = async (callId: CallId, leg: Handle): Promise<Outcome> => {
    noteMuted(callId, [...mutedOn(callId), leg]);
    const outcome = await muteOnce(leg);
    // An order to let the voice be heard again may still be on its way, and arrive after this one.
    const contrary = unmuting.get(leg);
    if (!contrary) return outcome;
    await contrary;
    noteMuted(callId, [...mutedOn(callId), leg]);
    return muteOnce(leg);
  };

  const noteAstray = (leg: Handle, role: string): void => {
    astray = [
      ...astray.filter(({ until }) => until > uptimeMs()),
      { leg, role, until: uptimeMs() + mayComeLateMs },
    ];
  };
  /** Supervisors whom an earlier order may take to another bridge than they shall be in. */
  const mayStray = (state: CallState, shall: Layout): readonly Handle[] =>
    liveLegs(state)
      .filter(({ party, state: is }) => party === 'supervisor' && is === 'answered')
      .map(({ handle }) => handle)
      .filter((handle) => {
        const seat = bridgeHolding(shall, handle);
        return astray.some(
          ({ leg, role, until }) =>
            leg === handle && until > uptimeMs() && (!seat || role !== roleOf(seat.id)),
        );
      });

  const perform = async (callId: CallId, operation: SwitchOperation): Promise<Outcome> => {
    if (operation.op !== 'unmute') {
      const outcome = await theSwitch.perform(operation);
      if (operation.op === 'mute') noteMuted(callId, [...mutedOn(callId), operation.leg]);
      if (outcome.outcome === 'done' && operation.op === 'mute') surelyMuted.add(operation.leg);
      if (outcome.outcome === 'unknown' && operation.op === 'place')
        noteAstray(operation.participant, roleOf(operation.bridge));
      return outcome;
    }
    const { leg } = operation;
    noteMuted(
      callId,
      [...mutedOn(callId)].filter((other) => other !== leg),
    );
    surelyMuted.delete(leg);
    const work = theSwitch.perform(operation);
    unmuting.set(leg, work);
    const outcome = await work;
    unmuting.delete(leg);
    if (outcome.outcome !== 'done') noteMuted(callId, [...mutedOn(callId), leg]);
    return outcome;
  };

  /** Undefined: something else is wanted by now. */
  const carryOut = async (
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
        known.delete(callId);
        doubtful.add(callId);
        return outcome;
      }
      now = applied(now, operation);
      known.set(callId, now);
    }
    known.set(callId, now);
    return { outcome: 'done' };
  };

  const lookIfInDoubt = async (callId: CallId, state: CallState): Promise<Outcome | undefined> => {
    const isUntouched = state.appliedTopology === null && !doubtful.has(callId);
    if (known.has(callId) ? !doubtful.has(callId) : isUntouched) return undefined;
    try {
      await look(callId, state);
      return undefined;
    } catch (error) {
      return {
        outcome: 'unknown',
        reason: error instanceof Error ? error.message : 'the switch did not answer',
      };
    }
  };

  const tryOnce = async (
    callId: CallId,
    { state, wanted }: Wish,
    refusals: number,
    isStillWanted: () => boolean,
  ): Promise<Outcome | undefined> => {
    const legs = liveLegs(state).filter((leg) => leg.state === 'answered');
    const roles = layoutOf(callId, wanted.pairs, legs, wanted.muted);
    if (!roles.possible) return { outcome: 'refused', reason: roles.reason };
    const blind = await lookIfInDoubt(callId, state);
    if (blind) return blind;
    const is = layoutNow(callId, state, roles.layout.muted);
    const shall = named(roles.layout, is, newId, refusals === mostRefusals - 1);
    const straying = mayStray(state, shall).filter((leg) => !shall.muted.includes(leg));
    const outcome = await carryOut(
      callId,
      is,
      { ...shall, muted: [...shall.muted, ...straying] },
      isStillWanted,
    );
    if (outcome?.outcome !== 'done' || straying.length === 0) return outcome;
    // Where they are by then has to be seen before they are given their voice.
    doubtful.add(callId);
    return { outcome: 'unknown', reason: lateReason };
  };

  return {
    apply: async (callId, wish) => {
      for (let [refusals, silences] = [0, 0]; ;) {
        const now = wish();
        if (!now) return undefined;
        const outcome = await tryOnce(callId, now, refusals, () => sameWish(now.wanted, wish()?.wanted));
        if (outcome?.outcome === 'done') {
          moved.delete(callId);
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
    },
    mute,
    mutedOn,
    hasMoved: (callId) => moved.has(callId),
    inherit: (callId, state) => {
      for (const { legId, handle, party } of liveLegs(state))
        if (party === 'supervisor' && !isProvedSeated(state, legId)) noteAstray(handle, mainRoleOf(callId));
    },
    saw,
    mainBridgeOf: (callId) => mainBridgeIn(callId, known.get(callId) ?? emptyLayout),
    doubt: (callId) => void doubtful.add(callId),
    clear: async (callId) => {
      const remembered = doubtful.has(callId) ? undefined : known.get(callId);
      const { snoops, bridges } =
        remembered ?? layoutSeen(callId, await theSwitch.snapshot(nothingAsked), []);
      let worst: Outcome = { outcome: 'done' };
      const drops: readonly SwitchOperation[] = [
        ...snoops.map(({ id }) => ({ op: 'drop-snoop' as const, snoop: id })),
        ...bridges.map(({ id }) => ({ op: 'drop-bridge' as const, bridge: id })),
      ];
      for (const operation of drops) {
        const outcome = await theSwitch.perform(operation);
        if (outcome.outcome !== 'done') worst = outcome;
      }
      return worst;
    },
    forget: (callId) => {
      for (const leg of mutedOn(callId)) surelyMuted.delete(leg);
      known.delete(callId);
      doubtful.delete(callId);
      moved.delete(callId);
      muted.delete(callId);
    },
  };
};
