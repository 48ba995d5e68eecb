import { confinedApi } from '@earshot/contracts';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** What the server answers to an account that may not have streams of its own. */
const notEnabledForAccount = 10_039;

const confined = new WeakSet<NatsConnection>();

/**
 * Finds out how a connection reaches JetStream. A service on a server with accounts reads the log of another account, by
 * the few requests that this one lets it make; on a server without, everybody has the whole interface.
 */
export const learnApi = async (connection: NatsConnection): Promise<void> => {
  try {
    const answer = await connection.request('$JS.API.INFO', '', { timeout: 2000 });
    if (answer.json<{ error?: { err_code?: number } }>().error?.err_code === notEnabledForAccount)
      confined.add(connection);
  } catch {
    // Nobody answers, or the server is busy: what is asked for next says so in its own words.
  }
};

/** True for a service of a server with accounts: it can read and write what is its own, and set up nothing. */
export const isConfined = (connection: NatsConnection): boolean => confined.has(connection);

/** First part of the subjects under which JetStream answers this connection. */
export const apiPrefixOf = (connection: NatsConnection): string =>
  isConfined(connection) ? confinedApi : '$JS.API';

/** The client for what this connection may do. @param timeout of one request, ms */
export const clientOf = (connection: NatsConnection, timeout = 5000): JetStreamClient =>
  jetstream(connection, { timeout, apiPrefix: apiPrefixOf(connection) });

export const managerOf = (connection: NatsConnection, timeout = 5000): Promise<JetStreamManager> =>
  jetstreamManager(connection, { checkAPI: false, timeout, apiPrefix: apiPrefixOf(connection) });
