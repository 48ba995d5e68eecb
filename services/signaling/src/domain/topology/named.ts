import { roleOf, type BridgeLayout, type Layout } from './layout.ts';

/** Ids for what is made now: never one that was used before. */
export type NewId = (role: string) => string;

/**
 * A layout of roles with the ids of what is there already, and new ids for what has to be made.
 * @param avoid true: only what holds all that it shall is kept, the rest is made anew, for when what is there was refused
 */
export const named = (roles: Layout, is: Layout, newId: NewId, avoid = false): Layout => {
  const ids = new Map<string, string>();
  const withIds = (participants: readonly string[]): string[] => participants.map((id) => ids.get(id) ?? id);
  for (const snoop of roles.snoops) {
    const known = is.snoops.findLast(
      ({ id, on, speaksTo }) => roleOf(id) === snoop.id && on === snoop.on && speaksTo === snoop.speaksTo,
    );
    const isSeated = known && is.bridges.some(({ participants }) => participants.includes(known.id));
    ids.set(snoop.id, known && (isSeated || !avoid) ? known.id : newId(snoop.id));
  }
  const idOf = ({ id, participants }: BridgeLayout): string => {
    const known = is.bridges.findLast((bridge) => roleOf(bridge.id) === id);
    const isWhole =
      known && withIds(participants).every((participant) => known.participants.includes(participant));
    return known && (isWhole || !avoid) ? known.id : newId(id);
  };
  return {
    ...roles,
    bridges: roles.bridges.map((bridge) => ({
      id: idOf(bridge),
      participants: withIds(bridge.participants),
    })),
    snoops: roles.snoops.map((snoop) => ({ ...snoop, id: ids.get(snoop.id) ?? snoop.id })),
  };
};
