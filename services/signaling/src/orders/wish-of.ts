import { isHeardByFewer, type CallId } from '@earshot/contracts';
import { liveLegs } from '../domain/call-state.ts';
import type { Task } from '../domain/tasks.ts';
import { isApplied, wantedTopology } from '../domain/wanted-topology.ts';
import type { Lane } from './lane.ts';
import type { TopologyOnSwitch, Wish } from './topology-on-switch.ts';

/** What the state asks for, and what keys ask for that are not in it yet. */
export const wishOf = (lane: Lane): Wish | undefined => {
  const wanted = wantedTopology(lane.state);
  if (!wanted) return undefined;
  const early = lane.state.supervisors.flatMap(({ legId, mode }) => {
    const pressed = lane.pressed.get(legId);
    return pressed && isHeardByFewer(pressed, mode) ? [legId] : [];
  });
  return { state: lane.state, wanted: { ...wanted, muted: [...new Set([...wanted.muted, ...early])] } };
};

/** A key has led to what it asked for, and that is made. */
export const isSettled = (lane: Lane, legId: string): boolean => {
  const wish = wishOf(lane);
  return wish !== undefined && !wish.wanted.muted.includes(legId) && isApplied(lane.state, wish.wanted);
};

/**
 * What the log says is so and the switch does not: somebody was seen elsewhere than in the bridge that was made for them, or
 * a voice was taken away at a key which then changed nothing.
 */
export const restoringTasks = (
  lane: Lane,
  topology: Pick<TopologyOnSwitch, 'mutedOn' | 'hasMoved'>,
  callId: CallId,
): readonly Task[] => {
  const wish = wishOf(lane);
  if (!wish || !isApplied(lane.state, wish.wanted)) return [];
  const { pairs, muted: shallBeMuted } = wish.wanted;
  const muted = topology.mutedOn(callId);
  const excess = liveLegs(lane.state)
    .filter(({ legId }) => pairs.some(({ listener }) => listener === legId) && !shallBeMuted.includes(legId))
    .map(({ handle }) => handle)
    .filter((handle) => muted.has(handle));
  return excess.length === 0 && !topology.hasMoved(callId)
    ? []
    : [{ key: `restore ${wish.wanted.topologyId}`, task: 'apply-topology', ...wish.wanted }];
};
