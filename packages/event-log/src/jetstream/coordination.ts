import { checkpointsBucket, deadLetterSubject } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Coordination } from '../coordination.ts';
import { clientOf } from './api.ts';
import { KeyValue } from './key-value.ts';
import { jetStreamLeases } from './leases.ts';
import { jetStreamMasterships } from './masterships.ts';

/** Leases, masterships and checkpoints in NATS KV, dead letters in the stream DEAD_LETTERS. */
export const openCoordination = (connection: NatsConnection): Coordination => {
  const checkpoints = new KeyValue(connection, checkpointsBucket);
  return {
    leases: jetStreamLeases(connection),
    masterships: jetStreamMasterships(connection),
    checkpoints: {
      load: async (service, partition) => {
        const value = (await checkpoints.get(`${service}.${partition}`))?.value;
        return value === undefined ? undefined : parsed(value);
      },
      save: async (service, partition, checkpoint) => {
        await checkpoints.put(`${service}.${partition}`, JSON.stringify(checkpoint));
      },
    },
    marks: {
      load: async (service, name) => (await checkpoints.get(`${service}.mark.${name}`))?.value,
      save: async (service, name, at) => {
        await checkpoints.put(`${service}.mark.${name}`, at);
      },
    },
    deadLetters: {
      add: async (letter) => {
        const dated = { ...letter, deadLetteredAt: new Date().toISOString() };
        await clientOf(connection).publish(deadLetterSubject(letter.service), JSON.stringify(dated));
      },
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
