import {
  bucketStream,
  callsStream,
  checkpointsBucket,
  deadLettersStream,
  feedOf,
  keySubject,
  leasesBucket,
  olderCalls,
  settingsStream,
} from '@earshot/contracts';
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { isConfined, managerOf } from './api.ts';

/** How long a process is thought alive after its last sign of life, in milliseconds. */
export const leaseTtlMs = 3000;

const streamNotFound = 10_059;
const olderLayout =
  'The stream CALLS was made before the number of the switch stood in its subjects, ' +
  'and what it holds cannot be read. Start with an empty one: another NATS_URL, or for the local run npm start -- --fresh.';

interface SetUp {
  /** 1 on a laptop, 3 in a cluster. */
  readonly replicas?: number;
}

/**
 * Makes the streams CALLS, SETTINGS and DEAD_LETTERS and the buckets of leases and checkpoints where they are missing: the
 * one act that needs an administrator on a server with accounts.
 * @throws what `checkStreams` throws
 */
export const createStreams = async (connection: NatsConnection, options: SetUp = {}): Promise<void> => {
  const manager = await managerOf(connection);
  for (const config of wanted(options.replicas ?? 1)) {
    const standing = await standingConfig(manager, config.name);
    if (standing) check(config, standing);
    else await manager.streams.add(config);
  }
};

/** @throws one sentence that names the stream that is missing, or the field in which one differs from what the log relies on */
export const checkStreams = async (connection: NatsConnection, options: SetUp = {}): Promise<void> => {
  const manager = await managerOf(connection);
  for (const config of wanted(options.replicas ?? 1)) {
    const standing = await standingConfig(manager, config.name);
    if (!standing)
      throw new Error(
        `The stream ${config.name} is missing on the NATS server: an administrator has to set it up once.`,
      );
    check(config, standing);
  }
};

/** Makes the streams where this connection may, else checks them. @throws what these throw */
export const ensureStreams = (connection: NatsConnection, options: SetUp = {}): Promise<void> =>
  (isConfined(connection) ? checkStreams : createStreams)(connection, options);

const wanted = (
  replicas: number,
): readonly (Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] })[] => {
  const base = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
    max_msgs: -1,
    max_bytes: -1,
    max_age: 0,
    max_msgs_per_subject: -1,
  };
  const told = (filter: string) => {
    const all = filter.replace(/\..*$/, '.>');
    return { republish: { src: all, dest: feedOf(all) } };
  };
  const log = ({ name, subjects: [filter] }: typeof callsStream | typeof settingsStream) => ({
    ...base,
    name,
    subjects: [filter],
    ...told(filter),
  });
  const bucket = (name: string, more: Partial<StreamConfig> = {}) => ({
    ...base,
    name: bucketStream(name),
    subjects: [keySubject(name, '>')],
    max_msgs_per_subject: 1,
    ...more,
  });
  const ttl = leaseTtlMs * 1e6;
  return [
    log(callsStream),
    log(settingsStream),
    { ...base, name: deadLettersStream.name, subjects: [...deadLettersStream.subjects] },
    bucket(leasesBucket, { max_age: ttl, duplicate_window: ttl }),
    bucket(checkpointsBucket),
  ];
};

const check = (config: ReturnType<typeof wanted>[number], standing: StreamConfig): void => {
  if (config.name === callsStream.name && standing.subjects.includes(olderCalls))
    throw new Error(olderLayout);
  for (const [field, value] of Object.entries(config)) {
    const stands = JSON.stringify(standing[field as keyof StreamConfig]);
    if (stands === JSON.stringify(value)) continue;
    throw new Error(
      `The stream ${config.name} has ${field} ${stands ?? 'unset'}, but Earshot needs ${JSON.stringify(value)}: ` +
        'correct the stream, or point Earshot at another server.',
    );
  }
};

const standingConfig = async (manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> => {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined;
    throw error;
  }
};
