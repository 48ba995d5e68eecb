import { callsStream, checkpointsBucket, leasesBucket, olderCalls, deadLettersStream, settingsStream } from '@earshot/contracts';
import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, jetstreamManager, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** How long a process is thought alive after its last sign of life, in milliseconds. */
export const leaseTtlMs = 3000;

const olderLayout = 'The stream CALLS was made before the number of the switch stood in its subjects, '
  + 'and what it holds cannot be read. Start with an empty one: another NATS_URL, or for the local run npm start -- --fresh.';

const streamNotFound = 10059;

/**
 * Makes the streams CALLS, SETTINGS and DEAD_LETTERS and the buckets of leases and checkpoints where they are missing.
 * @param options.replicas 1 on a laptop, 3 in a cluster
 * @throws one sentence that names the field when a stream is there but differs from what the log relies on
 */
export const ensureStreams = async (connection: NatsConnection, options: { readonly replicas?: number } = {}): Promise<void> => {
  const replicas = options.replicas ?? 1;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  for (const stream of [callsStream, settingsStream, deadLettersStream]) await ensureStream(manager, wanted(stream, replicas));
  const buckets = new Kvm(connection);
  await buckets.create(leasesBucket, { replicas, history: 1, ttl: leaseTtlMs, storage: StorageType.File });
  await buckets.create(checkpointsBucket, { replicas, history: 1, storage: StorageType.File });
};

const wanted = (stream: { readonly name: string; readonly subjects: readonly string[] }, replicas: number) => ({
  name: stream.name,
  subjects: [...stream.subjects],
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
}) satisfies Partial<StreamConfig>;

const ensureStream = async (manager: JetStreamManager, config: ReturnType<typeof wanted>): Promise<void> => {
  const standing = await standingConfig(manager, config.name);
  if (standing === undefined) {
    await manager.streams.add(config);
    return;
  }
  if (config.name === callsStream.name && standing.subjects.includes(olderCalls)) throw new Error(olderLayout);
  for (const [field, value] of Object.entries(config)) {
    const stands = JSON.stringify(standing[field as keyof StreamConfig]);
    if (stands !== JSON.stringify(value)) {
      throw new Error(`The stream ${config.name} has ${field} ${stands ?? 'unset'}, but Earshot needs ${JSON.stringify(value)}: correct the stream, or point Earshot at another server.`);
    }
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
