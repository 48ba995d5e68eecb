import { callIdOf, type HearingPair, type Instant } from '@earshot/contracts';
import type { GoneReason, Handle, RememberedKey, SwitchReport } from '../../domain/switch.ts';
import type { Layout, SnoopLayout } from '../../domain/topology/layout.ts';
import { pairKey, pairsHeard } from '../../domain/topology/pairs-heard.ts';
import type { Clock } from './clock.ts';
import { followVoices, finishRecordersOf, type SimulatedRecorder } from './recorders.ts';
import { endPromptsOf, type SimulatedPrompt } from './prompts.ts';

export type Arrival = Extract<SwitchReport, { type: 'leg-arrived' }>;
/** A report before the clock's time is put on it. */
export type Unstamped<R = SwitchReport> = R extends SwitchReport ? Omit<R, 'at'> : never;

/** What a phone gets to know of its leg. */
export interface Wire {
  gone(reason: GoneReason): void;
  /** A key of another leg came through. */
  heardKey(key: string): void;
}

export interface SimulatedLeg {
  readonly handle: Handle;
  readonly number: string;
  readonly wire: Wire;
  readonly arrival: Arrival | null;
  state: 'arrived' | 'ringing' | 'answered';
  music: boolean;
  /** Nobody hears it. */
  muted: boolean;
  remembered: RememberedKey | null;
  ringsBack: boolean;
  stopRinging: () => void;
}

export interface Hearing {
  readonly at: Instant;
  /** The call whose hearing changed; empty for bridges whose id names no call. */
  readonly callId: string;
  readonly pairs: readonly HearingPair[];
}

/** All that is true in the simulated switch at one moment, and what follows when it changes. */
export interface World {
  readonly clock: Clock;
  readonly switchNumber: number;
  readonly legs: Map<Handle, SimulatedLeg>;
  readonly goneLegs: Set<Handle>;
  /** Bridge id -> participant -> what happens to its keys. */
  readonly bridges: Map<string, Map<string, 'absorbed' | 'passed'>>;
  readonly snoops: Map<string, SnoopLayout>;
  /** Ids of bridges and snoops that are over; a real switch may hold what they named for longer than it says. */
  readonly overIds: Set<string>;
  readonly prompts: Map<string, SimulatedPrompt>;
  readonly endedPrompts: Set<string>;
  readonly recorders: Map<string, SimulatedRecorder>;
  readonly hearingListeners: Set<(hearing: Hearing) => void>;
  report(report: Unstamped): void;
  instant(): Instant;
  /** The layout of one call, or of all, as the domain describes it. */
  layout(callId?: string): Layout;
  pairs(callId?: string): HearingPair[];
  /** To be called after every change of who sits where. */
  changed(...bridges: readonly (string | undefined)[]): void;
  bridgeOf(participant: string): string | undefined;
  unseat(participant: string): string | undefined;
  dropSnoop(snoop: string): void;
  dropBridge(bridge: string): void;
  legGone(handle: Handle, reason: GoneReason): void;
}

const groupOf = (bridge: string): string => callIdOf(bridge) ?? '';

export interface WorldOptions {
  readonly clock: Clock;
  readonly switchNumber: number;
  readonly deliver: (report: SwitchReport) => void;
}

/** Tells who hears whom on each call where that is not as it was. */
const tellingHearing = (worldOf: () => World): World['changed'] => {
  const lastPairs = new Map<string, string>();
  return (...bridges) => {
    const world = worldOf();
    for (const callId of new Set(bridges.filter((bridge) => bridge !== undefined).map(groupOf))) {
      followVoices(world, (bridge) => groupOf(bridge) === callId);
      if (world.hearingListeners.size === 0) continue;
      const pairs = world.pairs(callId);
      const now = pairs.map(pairKey).toSorted().join();
      if (lastPairs.get(callId) === now) continue;
      lastPairs.set(callId, now);
      for (const listener of world.hearingListeners) listener({ at: world.instant(), callId, pairs });
    }
  };
};

const endLeg = (world: World, handle: Handle, reason: GoneReason): void => {
  const leg = world.legs.get(handle);
  if (!leg) return;
  leg.stopRinging();
  endPromptsOf(world, handle);
  const bridge = world.unseat(handle);
  world.legs.delete(handle);
  world.goneLegs.add(handle);
  for (const snoop of [...world.snoops.values()]) if (snoop.on === handle) world.dropSnoop(snoop.id);
  world.changed(bridge);
  world.report({ type: 'leg-gone', handle, reason });
  leg.wire.gone(reason);
};

export const createWorld = ({ clock, switchNumber, deliver }: WorldOptions): World => {
  const world: World = {
    clock,
    switchNumber,
    legs: new Map(),
    goneLegs: new Set(),
    bridges: new Map(),
    snoops: new Map(),
    overIds: new Set(),
    prompts: new Map(),
    endedPrompts: new Set(),
    recorders: new Map(),
    hearingListeners: new Set(),
    instant: () => new Date(clock.now()).toISOString(),
    report: (report) => deliver({ at: world.instant(), ...report }),
    layout: (callId) => ({
      bridges: [...world.bridges]
        .filter(([id]) => callId === undefined || groupOf(id) === callId)
        .map(([id, participants]) => ({ id, participants: [...participants.keys()] })),
      snoops: [...world.snoops.values()],
      absorbed: [],
      muted: [...world.legs.values()].filter(({ muted }) => muted).map(({ handle }) => handle),
    }),
    pairs: (callId) => pairsHeard(world.layout(callId)),
    changed: tellingHearing(() => world),
    bridgeOf: (participant) =>
      [...world.bridges].find(([, participants]) => participants.has(participant))?.[0],
    unseat: (participant) => {
      const bridge = world.bridgeOf(participant);
      if (bridge !== undefined) world.bridges.get(bridge)?.delete(participant);
      return bridge;
    },
    dropSnoop: (id) => {
      const snoop = world.snoops.get(id);
      const bridge = world.unseat(id);
      world.snoops.delete(id);
      world.overIds.add(id);
      world.changed(bridge, snoop && world.bridgeOf(snoop.on));
    },
    dropBridge: (id) => {
      finishRecordersOf(world, id);
      world.bridges.delete(id);
      world.overIds.add(id);
      world.changed(id);
    },
    legGone: (handle, reason) => endLeg(world, handle, reason),
  };
  return world;
};
