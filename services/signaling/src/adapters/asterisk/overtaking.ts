import type { SwitchOperation } from '../../domain/switch.ts';

/**
 * The operation that takes away what this one adds; undefined for one that adds nothing that could be taken away.
 */
export const oppositeOf = (operation: SwitchOperation): SwitchOperation | undefined => {
  switch (operation.op) {
    case 'ring':
      return { op: 'hang-up', leg: operation.leg };
    case 'unmute':
      return { op: 'mute', leg: operation.leg };
    case 'place':
      return { op: 'take-out', participant: operation.participant, bridge: operation.bridge };
    case 'start-recorder':
      return { op: 'stop-recorder', recordingId: operation.recordingId };
    case 'make-bridge':
      return { op: 'drop-bridge', bridge: operation.bridge };
    case 'make-snoop':
      return { op: 'drop-snoop', snoop: operation.snoop };
    case 'play':
      return { op: 'stop-prompt', promptId: operation.promptId };
    case 'start-waiting-music':
      return { op: 'stop-waiting-music', leg: operation.leg };
    default:
      return undefined;
  }
};

const keyOf = (operation: SwitchOperation): string =>
  Object.values(operation)
    .map(String)
    .toSorted((one, other) => one.localeCompare(other))
    .join(' ');

/** How many operations of the past are remembered. */
const kept = 20_000;

/**
 * What takes away goes ahead of what adds, so it may reach the switch first although it was asked for last. This remembers what was
 * taken away, so that what adds can see that it comes too late.
 */
export interface Overtaking {
  /** To be told of every operation before it is done. */
  note(operation: SwitchOperation): void;
  /** How often an operation was noted. */
  count(operation: SwitchOperation): number;
}

export const createOvertaking = (): Overtaking => {
  const counts = new Map<string, number>();
  return {
    note: (operation) => {
      if (oppositeOf(operation)) return;
      const key = keyOf(operation);
      const count = (counts.get(key) ?? 0) + 1;
      counts.delete(key);
      counts.set(key, count);
      const [oldest] = counts.keys();
      if (counts.size > kept && oldest !== undefined) counts.delete(oldest);
    },
    count: (operation) => counts.get(keyOf(operation)) ?? 0,
  };
};
