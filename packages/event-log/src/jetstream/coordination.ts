import { checkpointsBucket, deadLetterSubject } from '@earshot/contracts';
import { jetstream } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Coordination } from '../coordination.ts';
import { jetStreamLeases } from './leases.ts';
import { jetStreamMasterships } from './masterships.ts';

/** Leases, masterships and checkpoints in NATS KV, dead letters in the stream DEAD_LETTERS. */
export const openCoordination = (connection: NatsConnection): Coordination => {
  let opened: KV | undefined;
  const bucket = async () => opened ??= await new Kvm(connection).open(checkpointsBucket, { bindOnly: true, allow_direct: false });
  const client = jetstream(connection);
  return {
    leases: jetStreamLeases(connection),
    masterships: jetStreamMasterships(connection),
    checkpoints: {
      load: async (service, partition) => {
        const entry = await (await bucket()).get(`${service}.${partition}`);
        return entry?.operation === 'PUT' ? parsed(entry.string()) : undefined;
      },
      save: async (service, partition, checkpoint) => {
        await (await bucket()).put(`${service}.${partition}`, JSON.stringify(checkpoint));
      },
    },
    deadLetters: {
      add: async (letter) => {
        const dated = { ...letter, deadLetteredAt: new Date().toISOString() };
        await client.publish(deadLetterSubject(letter.service), JSON.stringify(dated), { msgID: `${letter.service}.${letter.cause}` });
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
