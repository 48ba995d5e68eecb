import { ROOT_CONTEXT } from '@opentelemetry/api';
import { eventLogContract } from '../event-log.contract.ts';
import { openMemoryStore } from './open-memory-store.ts';

eventLogContract('The event log in memory', async () => {
  const memory = openMemoryStore();
  const { log } = memory.connect();
  return {
    log,
    publishRaw: async (subject, data) => {
      memory.store.calls.add({ subject, id: '', data, trace: ROOT_CONTEXT });
    },
    envelopeOf: async (sequence) => {
      const { subject, id } = memory.store.calls.messages[sequence - 1] ?? { subject: '', id: '' };
      return `${subject} ${id}`;
    },
    [Symbol.asyncDispose]: async () => {},
  };
});
