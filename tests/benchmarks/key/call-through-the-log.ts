import {
  connectToNats,
  ensureStreams,
  isUnreadable,
  openEventLog,
  openSettingsLog,
  type EventLog,
} from '@earshot/event-log';
import type { NatsConnection } from '@nats-io/transport-node';
import type { AsteriskRig } from '@earshot/testkit/asterisk';
import { testNats } from '@earshot/testkit/nats';
import type { Phone } from '@earshot/testkit/phones';
import { startServiceProcess } from '@earshot/testkit/service-process';

/** A supervised call, each service of it a process of its own on a log that waits for the disk. */
export interface LoggedCall extends AsyncDisposable {
  readonly supervisor: Phone;
  readonly natsVersion: string;
}

const services = new URL('../../../services/', import.meta.url);
const line = '+41445550100';

const giveTenant = async (connection: NatsConnection): Promise<void> => {
  await using settings = openSettingsLog({ connection, tenant: 'demo' });
  const by = { actor: 'benchmark' };
  for (const extension of ['1001', '1004'])
    await settings.put('extensions', extension, { name: extension, outboundLineId: null }, by);
  await settings.put(
    'ring-groups',
    'support',
    {
      name: 'Support',
      members: [
        { extension: '1001', supervisor: true },
        { extension: '1004', supervisor: false },
      ],
    },
    by,
  );
  await settings.put(
    'lines',
    'support',
    { number: line, name: 'Support', type: 'phone', route: { to: 'extension', extension: '1004' } },
    by,
  );
  await settings.put('recording-policies', 'support', { setting: 'never' }, by);
};

/** Starts NATS and the services, and leads three phones into a call that is spied on. @param preload what is loaded into signaling */
export const startCallThroughTheLog = async (
  rig: AsteriskRig,
  preload: NodeJS.ProcessEnv,
): Promise<LoggedCall> => {
  await using opened = new AsyncDisposableStack();
  const nats = opened.use(await testNats({ users: true }));
  const connection = opened.adopt(await connectToNats({ url: nats.url, name: 'benchmark' }), (open) =>
    open.close(),
  );
  await ensureStreams(connection);
  await giveTenant(connection);
  const start = async (
    name: 'signaling' | 'supervision' | 'recording-consent',
    more: NodeJS.ProcessEnv = {},
  ): Promise<void> => {
    const env = { NATS_URL: nats.urlFor(name), INSTANCE: `${name}-1`, PORT: '0', LOG_LEVEL: 'warn', ...more };
    opened.use(await startServiceProcess(name, new URL(`${name}/src/main.ts`, services), env));
  };
  await start('supervision');
  await start('recording-consent');
  const { url, ariUser, ariPassword, app, greetings } = rig.asterisk;
  await start('signaling', {
    SWITCH: 'asterisk',
    SWITCH_URL: url,
    SWITCH_USER: ariUser,
    SWITCH_PASSWORD: ariPassword,
    SWITCH_APP: app,
    GREETINGS_DIR: greetings,
    ...preload,
  });

  const log = opened.use(openEventLog({ connection, tenant: 'demo' }));
  const agent = await rig.extension('1004', 900, { answerAfterMs: 50 });
  const customer = await rig.outside('+41795551001', 500);
  const supervisor = await rig.extension('1001', 1400);
  await customer.dial(line);
  await agent.until('established');
  await topologiesApplied(log, 1);
  await supervisor.dial('*901004');
  await topologiesApplied(log, 2);
  const everything = opened.move();
  return { supervisor, natsVersion: nats.version, [Symbol.asyncDispose]: () => everything.disposeAsync() };
};

/** Resolves when so many topologies stand on the switch. @throws after twenty seconds */
const topologiesApplied = async (log: EventLog, howMany: number): Promise<void> => {
  const signal = AbortSignal.timeout(20_000);
  let seen = 0;
  for await (const message of log.follow({ after: 0, signal })) {
    if (isUnreadable(message)) continue;
    seen += message.events.filter(
      ({ type, data }) => type === 'TopologyApplied' && 'outcome' in data && data.outcome === 'done',
    ).length;
    if (seen >= howMany) return;
  }
  throw new Error(`Only ${seen} of ${howMany} topologies were applied within 20 s.`);
};
