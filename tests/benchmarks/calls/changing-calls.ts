import { setTimeout as wait } from 'node:timers/promises';
import { callSubject, feedOf, allCalls, legIdOf, writeCommit, type Parties } from '@earshot/contracts';
import { aCall } from '@earshot/testkit/events';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { interleaved, messagesOf, numberedCall, type Message } from '../append/stored-calls.ts';
import { publishRaw } from '../append/raw-publishing.ts';
import { now } from './clock.ts';

/** A change as it was stored: its place in the log, when it was sent, and when a plain subscriber was told. */
export interface SentChange {
  readonly place: number;
  readonly sentAt: number;
  readonly toldAt: number;
}

/** Calls that run: a customer and an agent who talk. */
export const beginCalls = async (connection: NatsConnection, count: number): Promise<void> => {
  const calls = Array.from({ length: count }, (_, n) => {
    const callId = numberedCall(n + 1);
    return messagesOf(aCall({ callId }).inbound('support').queued().answeredBy('1004'));
  });
  await publishRaw(connection, interleaved(calls), 128);
};

/** Whoever is told the same messages by the server, as they are stored, and does nothing with them. */
class PlainSubscriber implements Disposable {
  readonly #subscription: { unsubscribe(): void };
  #told: number[] = [];

  constructor(connection: NatsConnection) {
    this.#subscription = connection.subscribe(feedOf(allCalls), {
      callback: (error, { headers }) => {
        if (error === null) this.#told.push(Number(headers?.get('Nats-Sequence')), now());
      },
    });
  }

  /** When each place was told since the question before. */
  take(): ReadonlyMap<number, number> {
    const told = this.#told;
    this.#told = [];
    return new Map(told.flatMap((place, at) => (at % 2 === 0 ? [[place, told[at + 1] ?? Number.NaN]] : [])));
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}

/** Holds and takes back one call after the other, at a steady rate: no call changes twice within seconds. */
export class ChangingCalls implements Disposable {
  readonly #connection: NatsConnection;
  readonly #calls: number;
  readonly #subscriber: PlainSubscriber;
  #made = 0;

  /** @param calls how many run */
  constructor(connection: NatsConnection, subscriber: NatsConnection, calls: number) {
    this.#connection = connection;
    this.#calls = calls;
    this.#subscriber = new PlainSubscriber(subscriber);
  }

  /** @param perSecond changes @returns what was stored, when a moment has passed after the last */
  async change(seconds: number, perSecond: number): Promise<readonly SentChange[]> {
    this.#subscriber.take();
    const client = jetstream(this.#connection);
    const begun = now();
    const sent: Promise<{ readonly place: number; readonly sentAt: number }>[] = [];
    while (sent.length < seconds * perSecond) {
      const due = Math.min(seconds * perSecond, Math.floor(((now() - begun) / 1000) * perSecond));
      while (sent.length < due) {
        const { subject, data } = this.#next();
        const sentAt = now();
        sent.push(client.publish(subject, data).then(({ seq }) => ({ place: seq, sentAt })));
      }
      await wait(2);
    }
    const stored = await Promise.all(sent);
    await wait(2_000);
    const told = this.#subscriber.take();
    return stored.map((change) => ({ ...change, toldAt: told.get(change.place) ?? Number.NaN }));
  }

  [Symbol.dispose](): void {
    this.#subscriber[Symbol.dispose]();
  }

  #next(): Message {
    const callId = numberedCall((this.#made % this.#calls) + 1);
    const turn = Math.floor(this.#made / this.#calls);
    this.#made += 1;
    const at = new Date().toISOString();
    const parties: Parties = [
      { legId: legIdOf(callId, 1), as: turn % 2 === 0 ? 'held' : 'talking' },
      { legId: legIdOf(callId, 2), as: 'talking' },
    ];
    const changed = {
      type: 'ConversationChanged',
      occurredAt: at,
      actor: { kind: 'switch' },
      data: { revision: turn + 2, parties },
    } as const;
    return {
      subject: callSubject(callId, 'signaling'),
      data: writeCommit({
        id: `${callId}.signaling.SWITCH.change-${turn}`,
        writer: 'signaling',
        callId,
        tenant: 'demo',
        recordedAt: at,
        causation: { source: 'SWITCH', id: `change-${turn}`, sequence: null },
        events: [changed],
      }),
    };
  }
}
