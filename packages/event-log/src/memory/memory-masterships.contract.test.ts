import { mastershipsContract } from '../masterships.contract.ts';
import { openMemoryStore } from './open-memory-store.ts';

mastershipsContract(
  'The masterships in memory',
  async () => {
    const memory = openMemoryStore();
    return {
      connect: async () => {
        const { coordination, kill, cutOff, connectAgain } = memory.connect();
        return { masterships: coordination.masterships, kill, cutOff, connectAgain };
      },
      expire: async () => {
        memory.store.expireLeases();
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
  500,
);
