import { DeliverPolicy, jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { backoff, processTiming } from '../runtime/timing.ts';

export interface StreamToFollow {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly filters: readonly string[];
  /** Sequence of the last message that is already known. */
  readonly after: number;
  readonly signal: AbortSignal;
  readonly onCaughtUp?: (() => void) | undefined;
}

/** A pull that was lost, as the server came back, is noticed after two of these, in ms. */
const heartbeatMs = 1_000;
/** Messages asked for at once; larger asks hardly gain speed. */
const window = 2000;

/**
 * Messages of a stream after a sequence, in order and each once, through lost connections and restarts of the server,
 * without end until the signal.
 */
export async function* followStream({ connection, stream, filters, after, signal, onCaughtUp }: StreamToFollow): AsyncGenerator<JsMsg> {
  let last = after;
  let caughtUp = onCaughtUp;
  for (let failures = 0; !signal.aborted && !connection.isClosed();) {
    try {
      const consumer = await jetstream(connection).consumers.get(stream, {
        filter_subjects: [...filters], deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: last + 1,
      });
      let pending = (await consumer.info(true)).num_pending;
      if (pending === 0) { caughtUp?.(); caughtUp = undefined; }
      const messages = await consumer.consume({ max_messages: window, expires: 10_000, idle_heartbeat: heartbeatMs });
      using _ = endOn(messages, connection, signal);
      for await (const message of messages) {
        failures = 0;
        // The consumer promises this; a duplicate after its own recovery would be a defect that we do not hand on.
        if (message.seq <= last) continue;
        last = message.seq;
        yield message;
        if (caughtUp && (pending -= 1) === 0) { caughtUp(); caughtUp = undefined; }
      }
    } catch {
      // The server is away or the stream has no leader yet; what was missed is asked for by sequence.
    }
    failures += 1;
    if (!signal.aborted) await processTiming.pause(backoff(failures, 50, 1000), signal);
  }
}

// A new consumer after a reconnect is quicker and simpler than waiting for the old one to notice that it is gone.
const endOn = (messages: ConsumerMessages, connection: NatsConnection, signal: AbortSignal): Disposable => {
  const end = () => { messages.stop(); };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const status = connection.status()[Symbol.asyncIterator]();
  const watch = async () => {
    for (let next = await status.next(); !next.done; next = await status.next()) if (next.value.type === 'reconnect') { end(); return; }
  };
  void watch();
  return {
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', end);
      void status.return?.();
      end();
    },
  };
};
