import type { NatsConnection } from '@nats-io/transport-node';
import { backoff } from '../runtime/timing.ts';
import type { DirectMessage, DirectReader } from './direct-reader.ts';
import { Feed } from './feed.ts';

export interface StreamToFollow {
  readonly connection: NatsConnection;
  readonly reader: DirectReader;
  /** Matches everything in the stream, whose sequences have no gaps. */
  readonly filter: string;
  /** Sequence of the last message that is already known. */
  readonly after: number;
  readonly signal: AbortSignal;
  readonly onCaughtUp?: (() => void) | undefined;
}

/** When nothing was told for this long, the stream itself is looked at, in ms. */
const lookAfterMs = 1_000;

/**
 * Messages of a stream after a sequence, in order and each once, through lost connections and restarts of the server,
 * without end until the signal. The newest come from the stream's feed, as soon as they are stored; whatever is missing
 * there, by the sequence, is read from the stream. The server keeps nothing for whoever follows, so nothing of it can be lost.
 */
export async function* followStream({
  connection,
  reader,
  filter,
  after,
  signal,
  onCaughtUp,
}: StreamToFollow): AsyncGenerator<DirectMessage> {
  using feed = new Feed(connection, filter);
  const stop = () => {
    feed.wake();
  };
  signal.addEventListener('abort', stop);
  try {
    let last = after;
    let caughtUp = onCaughtUp;
    let isBehind = true;
    for (let failures = 0; !signal.aborted && !connection.isClosed();) {
      if (isBehind) {
        const page = await reader.page(filter, last + 1).catch(() => undefined);
        if (page === undefined) {
          // The server is away or the stream has no leader yet.
          failures += 1;
          await feed.pause(backoff(failures, 50, 1000));
          continue;
        }
        failures = 0;
        for (const message of page.messages) {
          if (signal.aborted) return;
          last = message.sequence;
          yield message;
        }
        if (!page.isLast) continue;
        isBehind = false;
        caughtUp?.();
        caughtUp = undefined;
      }
      const told = feed.take();
      if (told === undefined) {
        isBehind = await feed.pause(lookAfterMs);
      } else if (told.sequence === last + 1) {
        last = told.sequence;
        yield told;
      } else if (told.sequence > last) {
        isBehind = true;
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
