import { callIdOf, type CallId } from '@earshot/contracts';
import type { Handle, SwitchOperation, SwitchSnapshot } from '../switch.ts';

/** A bridge and who is in it: handles of legs, ids of snoops. */
export interface BridgeLayout {
  readonly id: string;
  readonly participants: readonly string[];
}

/** A stand-in for a leg: its bridge hears what that leg says and hears; `leg`: that leg alone hears its bridge. */
export interface SnoopLayout {
  readonly id: string;
  readonly on: Handle;
  readonly speaksTo: 'nobody' | 'leg';
}

/** How the switch carries who hears whom on one call, in bridges and snoops. */
export interface Layout {
  readonly bridges: readonly BridgeLayout[];
  readonly snoops: readonly SnoopLayout[];
  /** Legs whose key presses must reach nobody: those of supervisors. */
  readonly absorbed: readonly Handle[];
  /** Legs that nobody hears, wherever they sit. */
  readonly muted: readonly Handle[];
}

export const emptyLayout: Layout = { bridges: [], snoops: [], absorbed: [], muted: [] };

/** Role of the bridge in which agent, customer and barging supervisors hear each other; the one that is recorded. */
export const mainRoleOf = (callId: CallId): string => `${callId}-main`;

/**
 * What a bridge or snoop is for, read from its id: `<role>.<making>`. Each making has an id of its own, because a switch
 * may hold the old one for longer than it says; and a process that takes over recognises what is there by its role.
 */
export const roleOf = (id: string): string => id.replace(/\.[^.]*$/, '');

/** The bridge that the parties are in, if it is made. */
export const mainBridgeIn = (callId: CallId, layout: Pick<Layout, 'bridges'>): string | undefined =>
  layout.bridges.findLast(({ id }) => roleOf(id) === mainRoleOf(callId))?.id;

export const bridgeHolding = (
  layout: Pick<Layout, 'bridges'>,
  participant: string,
): BridgeLayout | undefined => layout.bridges.find(({ participants }) => participants.includes(participant));

export const snoopCalled = (layout: Pick<Layout, 'snoops'>, id: string): SnoopLayout | undefined =>
  layout.snoops.find((snoop) => snoop.id === id);

/**
 * What the switch has of one call. It does not tell whose keys are absorbed, which are those of the call's supervisors, nor
 * who is muted: until it is said again every supervisor counts as both.
 */
export const layoutSeen = (
  callId: CallId,
  snapshot: Pick<SwitchSnapshot, 'bridges' | 'snoops'>,
  supervisors: readonly Handle[],
): Layout => ({
  bridges: snapshot.bridges
    .filter(({ bridge }) => callIdOf(bridge) === callId)
    .map(({ bridge, participants }) => ({ id: bridge, participants })),
  snoops: snapshot.snoops
    .filter(({ snoop }) => callIdOf(snoop) === callId)
    .map(({ snoop, on, speaksTo }) => ({ id: snoop, on, speaksTo })),
  absorbed: supervisors,
  muted: supervisors,
});

const seatsOf = ({ bridges, snoops }: Layout): string =>
  JSON.stringify([
    bridges.map(({ id, participants }) => [id, participants.toSorted()].join(' ')).toSorted(),
    snoops.map(({ id }) => id).toSorted(),
  ]);
/** Whether the same bridges hold the same participants. */
export const sameSeats = (one: Layout, other: Layout | undefined): boolean =>
  other !== undefined && seatsOf(one) === seatsOf(other);

const withoutParticipant = (
  bridges: readonly BridgeLayout[],
  gone: (id: string) => boolean,
): BridgeLayout[] =>
  bridges.map(({ id, participants }) => ({
    id,
    participants: participants.filter((participant) => !gone(participant)),
  }));

/** What is left when a leg is gone: the switch takes it out of its bridge and ends the snoops on it by itself. */
export const withoutLeg = (layout: Layout, handle: Handle): Layout => {
  const ended = new Set([handle, ...layout.snoops.filter(({ on }) => on === handle).map(({ id }) => id)]);
  return {
    bridges: withoutParticipant(layout.bridges, (id) => ended.has(id)),
    snoops: layout.snoops.filter(({ id }) => !ended.has(id)),
    absorbed: layout.absorbed.filter((leg) => leg !== handle),
    muted: layout.muted.filter((leg) => leg !== handle),
  };
};

/** The layout after one operation was done; operations that change no bridge and no snoop leave it as it is. */
export const applied = (layout: Layout, operation: SwitchOperation): Layout => {
  switch (operation.op) {
    case 'make-bridge':
      return layout.bridges.some(({ id }) => id === operation.bridge)
        ? layout
        : { ...layout, bridges: [...layout.bridges, { id: operation.bridge, participants: [] }] };
    case 'drop-bridge':
      return { ...layout, bridges: layout.bridges.filter(({ id }) => id !== operation.bridge) };
    case 'place': {
      const { participant, bridge, keys } = operation;
      const others = layout.absorbed.filter((leg) => leg !== participant);
      return {
        ...layout,
        bridges: withoutParticipant(layout.bridges, (id) => id === participant).map((is) =>
          is.id === bridge ? { ...is, participants: [...is.participants, participant] } : is,
        ),
        absorbed:
          keys === 'absorbed' && !snoopCalled(layout, participant) ? [...others, participant] : others,
      };
    }
    case 'take-out':
      return {
        ...layout,
        bridges: layout.bridges.map((is) =>
          is.id === operation.bridge
            ? { ...is, participants: is.participants.filter((id) => id !== operation.participant) }
            : is,
        ),
      };
    case 'make-snoop':
      return snoopCalled(layout, operation.snoop)
        ? layout
        : {
            ...layout,
            snoops: [
              ...layout.snoops,
              { id: operation.snoop, on: operation.on, speaksTo: operation.speaksTo },
            ],
          };
    case 'drop-snoop':
      return {
        ...layout,
        bridges: withoutParticipant(layout.bridges, (id) => id === operation.snoop),
        snoops: layout.snoops.filter(({ id }) => id !== operation.snoop),
      };
    case 'mute':
      return { ...layout, muted: [...layout.muted.filter((leg) => leg !== operation.leg), operation.leg] };
    case 'unmute':
      return { ...layout, muted: layout.muted.filter((leg) => leg !== operation.leg) };
    default:
      return layout;
  }
};
