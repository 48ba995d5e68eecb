import type { OpenMemoryStore } from '@earshot/event-log';
import type { Connections } from './switch-connections.ts';

/** Watches that only the master of the switch adds anything on it; taking a voice or a recorder away is anybody's. */
export const watchOperators = (
  { store }: OpenMemoryStore,
  connections: Connections,
  broken: (promise: string) => void,
): void => {
  connections.onAsked(({ operation, by }) => {
    if (['mute', 'remember-key', 'stop-recorder'].includes(operation.op)) return;
    const master = store.masters.holder('signaling.switch-0')?.owner;
    if (master !== by.owner)
      broken(`${by.owner} asks for ${operation.op} while ${master ?? 'nobody'} is the master`);
  });
};
