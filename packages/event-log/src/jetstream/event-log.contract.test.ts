import { callsStream } from '@earshot/contracts';
import { testNats } from '@earshot/testkit/nats';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { eventLogContract } from '../event-log.contract.ts';
import { openEventLog } from './event-log.ts';
import { connectToNats } from './connect.ts';
import { ensureStreams } from './set-up-streams.ts';

eventLogContract('The event log on JetStream', async () => {
  const nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'contract' });
  await ensureStreams(connection);
  const log = openEventLog({ connection, tenant: 'test' });
  return {
    log,
    publishRaw: async (subject, data) => {
      await jetstream(connection).publish(subject, data);
    },
    envelopeOf: async (sequence) => {
      const message = await (
        await jetstreamManager(connection)
      ).streams.getMessage(callsStream.name, { seq: sequence });
      return `${message?.subject} ${[...(message?.header ?? [])].join(' ')}`;
    },
    [Symbol.asyncDispose]: async () => {
      await log[Symbol.asyncDispose]();
      await connection.close();
      await nats[Symbol.asyncDispose]();
    },
  };
});
