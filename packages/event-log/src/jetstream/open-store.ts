import { checkpointsBucket, settingsOwners, writers, type Writer } from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { processTiming } from '../runtime/timing.ts';
import { connectToNats } from './connect.ts';
import { KeyValue } from './key-value.ts';
import { openEventLog } from './event-log.ts';
import { openCoordination } from './coordination.ts';
import { watchLog } from './log-watch.ts';
import { ensureStreams } from './set-up-streams.ts';
import { openSettingsLog } from './settings-log.ts';
import type { EventLog } from '../event-log.ts';
import type { Coordination } from '../coordination.ts';
import type { SettingsLog } from '../settings-log.ts';

/**
 * How often a service that writes tries whether anything is stored, in ms, and with how many bytes: a full disk takes small
 * writes for a while, into what was allotted before, and who has nothing to write would not learn of it.
 */
const tryEveryMs = 5_000;
const triedBytes = 8_192;

const tryingToWrite = (connection: NatsConnection, service: string): (() => void) => {
  const bucket = new KeyValue(connection, checkpointsBucket);
  // A refusal is noted where it happens, and told by `ready`.
  return processTiming.every(tryEveryMs, () => {
    bucket.put(`${service}.tried`, ' '.repeat(triedBytes)).catch(() => {});
  });
};

/** The variables of a service's configuration that say where the log is. */
export interface StoreConfig {
  readonly NATS_URL: string;
  readonly NATS_USER?: string | undefined;
  readonly NATS_PASSWORD?: string | undefined;
  readonly NATS_REPLICAS: number;
  readonly TENANT: string;
}

/** Everything a service reads and writes in NATS. */
export interface Store extends AsyncDisposable {
  readonly log: EventLog;
  readonly settings: SettingsLog;
  readonly coordination: Coordination;
  /** False once the connection is closed for good. */
  isOpen(): boolean;
  /** True while the log can be reached, takes what is written, and nobody stopped following it unasked; else why not. */
  ready(): true | string;
}

const isWriter = (name: string): boolean => writers.includes(name as Writer);

/**
 * Refuses at once what the server would not take: it gives a service no way to settings of another, and does not say why, so
 * that it looks as if it were away.
 */
const ownOnly = (service: string, settings: SettingsLog): SettingsLog => ({
  put: async (kind, id, value, options) => {
    const owner = settingsOwners[kind];
    if (owner !== service)
      throw new Error(
        `Settings of kind ${kind} are ${owner}'s: ${service} cannot change them, ask ${owner}.`,
      );
    return settings.put(kind, id, value, options);
  },
  view: () => settings.view(),
  [Symbol.asyncDispose]: () => settings[Symbol.asyncDispose](),
});

/**
 * Connects a service, by its name, to the log, and makes the streams where they are missing.
 * @throws one sentence: server away, too old, or a stream that differs from what the log relies on
 */
export const openStore = async (name: string, config: StoreConfig): Promise<Store> => {
  const {
    NATS_URL: url,
    NATS_USER: user,
    NATS_PASSWORD: pass = '',
    NATS_REPLICAS: replicas,
    TENANT: tenant,
  } = config;
  const connection = await connectToNats({
    url,
    name,
    ...(user === undefined ? {} : { more: { user, pass } }),
  });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => connection.close());
  await ensureStreams(connection, { replicas });
  const log = opened.use(openEventLog({ connection, tenant }));
  const watch = opened.use(await watchLog(connection));
  if (isWriter(name)) opened.defer(tryingToWrite(connection, name));
  const follow = log.follow.bind(log);
  log.follow = (options) => watch.followed(follow(options), options.signal);
  const settings = opened.use(ownOnly(name, openSettingsLog({ connection, tenant })));
  const coordination = openCoordination(connection);
  const everything = opened.move();
  return {
    log,
    settings,
    coordination,
    isOpen: () => !connection.isClosed(),
    ready: () => watch.state(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};
