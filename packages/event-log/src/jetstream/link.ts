import type { NatsConnection } from '@nats-io/transport-node';
import { processTiming } from '../runtime/timing.ts';

/** Whether a connection is there at the moment. */
export interface Link {
  readonly isUp: boolean;
  /** Called each time the connection was lost or is back. Returns how to stop. */
  onChange(listener: (isUp: boolean) => void): () => void;
}

const links = new WeakMap<NatsConnection, Link>();

/**
 * The state of a connection's link. The client keeps what is sent while there is none, but loses it when the next one is
 * made; a request that was sent into the void waits for its whole timeout. Who asks here before and meanwhile does not.
 */
export const linkOf = (connection: NatsConnection): Link => {
  const known = links.get(connection);
  if (known) return known;
  const listeners = new Set<(isUp: boolean) => void>();
  let isUp = true;
  const watch = async () => {
    for await (const { type } of connection.status()) {
      if (type !== 'disconnect' && type !== 'reconnect') continue;
      isUp = type === 'reconnect';
      for (const listener of [...listeners]) listener(isUp);
    }
  };
  void watch();
  const link: Link = {
    get isUp() {
      return isUp;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  links.set(connection, link);
  return link;
};

/** Waits until the link is there, at most about `ms`. */
export const whenUp = async (connection: NatsConnection, ms: number): Promise<void> => {
  const link = linkOf(connection);
  if (link.isUp) return;
  const up = new AbortController();
  const stop = link.onChange((isUp) => {
    if (isUp) up.abort();
  });
  await processTiming.pause(ms, up.signal);
  stop();
};

/**
 * Asks when the link is there, and gives up as soon as it is lost: whether the request had an effect is then unknown.
 * @param ms longest wait for the link
 * @throws what the request throws, and an Error when the link was lost
 */
export const onLink = async <T>(
  connection: NatsConnection,
  ms: number,
  request: () => Promise<T>,
): Promise<T> => {
  await whenUp(connection, ms);
  let stop = (): void => {};
  const lost = new Promise<never>((_, reject) => {
    stop = linkOf(connection).onChange((isUp) => {
      if (!isUp) reject(new Error('The connection to NATS was lost'));
    });
  });
  try {
    return await Promise.race([request(), lost]);
  } finally {
    stop();
  }
};
