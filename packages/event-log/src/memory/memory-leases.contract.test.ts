import { leasesContract } from '../leases.contract.ts';
import { openMemoryStore } from './open-memory-store.ts';

leasesContract('The leases in memory', async () => {
  const memory = openMemoryStore();
  return {
    connect: async () => {
      const { coordination, kill } = memory.connect();
      return { leases: coordination.leases, kill };
    },
    expire: async () => memory.store.expireLeases(),
    [Symbol.asyncDispose]: async () => {},
  };
});
