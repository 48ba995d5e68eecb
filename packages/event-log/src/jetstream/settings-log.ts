import {
  allSettings,
  settingsStream,
  settingsSubject,
  type SettingsCommit,
  type SettingsKind,
  type SettingsValue,
} from '@earshot/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import type { SettingsLog, SettingsView } from '../settings-log.ts';
import { readSetting, writeSetting } from '../settings-message.ts';
import { SettingsState } from '../settings-state.ts';
import { activeTraceHeaders } from '../trace-headers.ts';
import type { JetStreamLogOptions } from './event-log.ts';
import { DirectReader } from './direct-reader.ts';
import { followStream } from './follow-stream.ts';
import { Publisher } from './publisher.ts';

/** A view that takes in each change as it is stored; whole when this resolves. */
const followInto = async (connection: NatsConnection, reader: DirectReader): Promise<SettingsView> => {
  const abort = new AbortController();
  const { promise: caughtUp, resolve: onCaughtUp } = Promise.withResolvers<void>();
  const messages = followStream({
    connection,
    reader,
    filter: allSettings,
    after: 0,
    signal: abort.signal,
    onCaughtUp,
  });
  const feed = async (): Promise<void> => {
    for await (const { subject, sequence, data, isGenuine } of messages)
      view.take(sequence, isGenuine ? readSetting(subject, data) : undefined);
  };
  const view: SettingsState = new SettingsState(async () => {
    abort.abort();
    await feeding;
  });
  const feeding = feed();
  await Promise.race([caughtUp, feeding]);
  return view;
};

/** The settings on JetStream. The streams must be there (`ensureStreams`); the connection stays the caller's. */
export const openSettingsLog = ({
  connection,
  tenant,
  now = () => new Date(),
}: JetStreamLogOptions): SettingsLog => {
  const reader = new DirectReader(connection, settingsStream.name);
  const publisher = new Publisher(connection, reader);
  return {
    put: async <K extends SettingsKind>(
      kind: K,
      id: string,
      value: SettingsValue<K> | null,
      options: { readonly actor: string; readonly expectedVersion?: number },
    ) => {
      const { actor, expectedVersion } = options;
      const data = writeSetting({
        kind,
        id,
        value,
        tenant,
        recordedAt: now().toISOString(),
        actor,
      } as SettingsCommit);
      const { sequence } = await publisher.publish({
        subject: settingsSubject(kind, id),
        data,
        id: randomUUID(),
        headers: activeTraceHeaders(),
        ...(expectedVersion === undefined ? {} : { expected: expectedVersion }),
      });
      return { version: sequence };
    },
    view: () => followInto(connection, reader),
    [Symbol.asyncDispose]: async () => {
      await reader[Symbol.asyncDispose]();
    },
  };
};
