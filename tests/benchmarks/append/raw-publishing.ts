import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Message } from './stored-calls.ts';

/**
 * Publishes messages with `window` of them under way at any time, each acknowledged when it is on disk.
 * No expectation, no id, no reading back: the least that storing a message takes.
 * @returns seconds from the first to the last acknowledgement
 */
export const publishRaw = async (
  connection: NatsConnection,
  messages: Iterable<Message>,
  window: number,
): Promise<number> => {
  const client = jetstream(connection);
  const waiting = messages[Symbol.iterator]();
  const publishNext = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next())
      await client.publish(next.value.subject, next.value.data);
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: window }, publishNext));
  return (performance.now() - begun) / 1000;
};
