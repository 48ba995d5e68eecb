import { join } from 'node:path';
import { cuttableConnectionTo } from '../../services/signaling/src/adapters/asterisk/testing/cuttable-connection.ts';
import { startService, type ServiceProcess } from '../../infra/local/service-process.ts';
import type { ServiceName } from './service-names.ts';
import { wait, type Stage } from './stage.ts';
import type { Disturbance } from './supervised-call.ts';

/** How long the log and the switch are away, in ms. */
const awayMs = 2_000;

/** Relieves the services of a stage by processes of new names, and cuts what they hang on. */
export interface Relief extends AsyncDisposable {
  readonly disturbances: readonly Disturbance[];
}

/** Starts processes of new names in place of those that are killed. */
const relieving = ({ system }: Stage, switchUrl: string, opened: AsyncDisposableStack) => {
  const running: Record<ServiceName, ServiceProcess> = { ...system.services };
  let names = 1;
  const startBeside = async (name: ServiceName): Promise<ServiceProcess> => {
    const { options } = running[name];
    names += 1;
    const INSTANCE = `${name}-new-${names}`;
    const way = name === 'signaling' ? { SWITCH_URL: switchUrl } : {};
    const started = await startService({
      ...options,
      port: 0,
      logDir: join(options.logDir, INSTANCE),
      env: { ...options.env, ...way, INSTANCE },
    });
    return opened.use(started);
  };
  return {
    killAndRelieve: async (name: ServiceName): Promise<void> => {
      await running[name].kill();
      running[name] = await startBeside(name);
    },
    standByAndKill: async (name: ServiceName): Promise<void> => {
      const next = await startBeside(name);
      await running[name].kill();
      running[name] = next;
    },
  };
};

const away = async (take: () => unknown, giveBack: () => unknown): Promise<void> => {
  await take();
  await wait(awayMs);
  await giveBack();
};

export const openRelief = async (stage: Stage): Promise<Relief> => {
  const { system } = stage;
  const opened = new AsyncDisposableStack();
  const wayToSwitch = opened.use(await cuttableConnectionTo(system.asterisk?.url ?? ''));
  const { killAndRelieve, standByAndKill } = relieving(stage, wayToSwitch.url, opened);
  return {
    disturbances: [
      {
        name: 'signaling is relieved by one that stood by',
        keepsKeys: false,
        happen: () => standByAndKill('signaling'),
      },
      { name: 'supervision is relieved', keepsKeys: true, happen: () => killAndRelieve('supervision') },
      {
        name: 'recording-consent is relieved',
        keepsKeys: true,
        happen: () => killAndRelieve('recording-consent'),
      },
      {
        name: 'the log is away',
        keepsKeys: true,
        happen: () =>
          away(
            () => system.nats.kill(),
            () => system.nats.restart(),
          ),
      },
      {
        name: 'the switch is away',
        keepsKeys: false,
        happen: () =>
          away(
            () => wayToSwitch.cut(),
            () => wayToSwitch.mend(),
          ),
      },
      {
        name: 'signaling is relieved after its end',
        keepsKeys: false,
        happen: () => killAndRelieve('signaling'),
      },
    ],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};
