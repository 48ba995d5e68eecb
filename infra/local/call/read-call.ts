import {
  callSubject,
  callsStream,
  deadLettersStream,
  parseCallSubject,
  readCommit,
  writers,
  type CallId,
} from '@earshot/contracts';
import { DeliverPolicy, jetstream, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ToldCommit, ToldDeadLetter, ToldUnreadable } from './entry.ts';

/** The call in which something happened last; undefined when the log is empty. */
export const lastCall = async (connection: NatsConnection): Promise<CallId | undefined> => {
  const consumer = await jetstream(connection).consumers.get(callsStream.name, {
    deliver_policy: DeliverPolicy.Last,
  });
  if ((await consumer.info()).num_pending === 0) return undefined;
  const message = await consumer.next();
  return message === null ? undefined : parseCallSubject(message.subject)?.callId;
};

/** Commits of a call after a place in the log, and those that cannot be read, up to the end of the log as it stands. */
export const readCall = async (
  connection: NatsConnection,
  callId: CallId,
  after: number,
): Promise<readonly (ToldCommit | ToldUnreadable)[]> =>
  (
    await stored(
      connection,
      callsStream.name,
      writers.map((writer) => callSubject(callId, writer)),
      after,
    )
  ).map(entryOf);

/** What services gave up on of a call: whose messages stand at these places of the log, or which names it. */
export const readDeadLetters = async (
  connection: NatsConnection,
  callId: CallId,
  sequences: ReadonlySet<number>,
  after: number,
): Promise<{ readonly letters: readonly ToldDeadLetter[]; readonly upTo: number }> => {
  const messages = await stored(connection, deadLettersStream.name, [...deadLettersStream.subjects], after);
  const letters = messages.flatMap((message): readonly ToldDeadLetter[] => {
    const letter = message.json<{
      service: string;
      sequence: number | null;
      callId: CallId | null;
      cause: string;
      problem: string;
    }>();
    const isOurs = letter.callId === callId || (letter.sequence !== null && sequences.has(letter.sequence));
    const { service, sequence, cause, problem } = letter;
    return isOurs ? [{ kind: 'dead-letter', at: timeOf(message), service, sequence, cause, problem }] : [];
  });
  return { letters, upTo: messages.at(-1)?.seq ?? after };
};

const entryOf = (message: JsMsg): ToldCommit | ToldUnreadable => {
  const { subject, seq: sequence, data } = message;
  try {
    const { writer, events } = readCommit({ subject, sequence, data });
    return {
      kind: 'commit',
      at: Date.parse(events[0]?.recordedAt ?? '') || timeOf(message),
      sequence,
      writer,
      events,
    };
  } catch (error) {
    // The codec's sentences say where and what is wrong, never the value.
    return {
      kind: 'unreadable',
      at: timeOf(message),
      sequence,
      subject,
      problem: error instanceof Error ? error.message : 'cannot be read',
    };
  }
};

const timeOf = (message: JsMsg): number => Date.parse(message.time.toISOString());

const stored = async (
  connection: NatsConnection,
  stream: string,
  filters: readonly string[],
  after: number,
): Promise<readonly JsMsg[]> => {
  const consumer = await jetstream(connection).consumers.get(stream, {
    filter_subjects: [...filters],
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
  });
  const messages: JsMsg[] = [];
  for (let pending = (await consumer.info()).num_pending; messages.length < pending;) {
    for await (const message of await consumer.fetch({
      max_messages: pending - messages.length,
      expires: 2000,
    }))
      messages.push(message);
    if (messages.length === 0) pending = 0;
  }
  return messages;
};
