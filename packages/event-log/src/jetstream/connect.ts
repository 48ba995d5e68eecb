import { minimumServerVersion } from '@earshot/contracts';
import { learnApi } from './api.ts';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

export interface LogConnectionOptions {
  /** `nats://[user:password@]host:port`; several separated by commas. */
  readonly url: string;
  /** Name of the program, shown by the server's monitoring. */
  readonly name: string;
  /** Anything else the client takes: credentials, TLS. */
  readonly more?: NodeConnectionOptions;
}

/**
 * Connects to NATS, for ever coming back when the connection is lost.
 * @throws one sentence when the server cannot be reached, does not know the user, or is older than the log relies on
 */
export const connectToNats = async ({ url, name, more }: LogConnectionOptions): Promise<NatsConnection> => {
  const servers = url.split(',').map((server) => withoutUser(server.trim()));
  const connection = await connect({
    servers,
    name,
    ...userOf(url),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    waitOnFirstConnect: false,
    pingInterval: 5000,
    maxPingOut: 2,
    // Else each request makes two errors ahead, with their stacks, in case it fails: a tenth of what a decision costs.
    noAsyncTraces: true,
    ...more,
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `NATS at ${servers.join(', ')} cannot be used (${reason}): check NATS_URL, and NATS_USER and NATS_PASSWORD where it asks for them.`,
      { cause: error },
    );
  });
  const version = connection.info?.version ?? 'of unknown version';
  if (isNewEnough(version)) {
    await learnApi(connection);
    return connection;
  }
  await connection.close();
  throw new Error(
    `The NATS server is ${version}; Earshot needs ${minimumServerVersion} or newer, because older ones silently ignore what the event log relies on.`,
  );
};

/** True when a server of this version honours what the log relies on. */
export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = numbersOf(version);
  const [needMajor = 0, needMinor = 0, needPatch = 0] = numbersOf(minimumServerVersion);
  if (major !== needMajor) return major > needMajor;
  return minor === needMinor ? patch >= needPatch : minor > needMinor;
};

const numbersOf = (version: string): readonly number[] =>
  version
    .split(/[.-]/)
    .slice(0, 3)
    .map((part) => Number(part) || 0);

const parts = /^(?:nats:\/\/)?(?:([^:@]+):([^@]*)@)?(.+)$/;
const withoutUser = (server: string): string => parts.exec(server)?.[3] ?? server;

// The client takes user and password beside the servers, not within their addresses.
const userOf = (url: string): { user?: string; pass?: string } => {
  const [, user, pass] = parts.exec(url.split(',')[0] ?? '') ?? [];
  return user === undefined ? {} : { user: decodeURIComponent(user), pass: decodeURIComponent(pass ?? '') };
};
