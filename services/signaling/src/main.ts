import { openStore } from '@earshot/event-log';
import { createHttpServer, listenOn, runService, settingsRoutes } from '@earshot/service-kit';
import { openSwitch } from './adapters/open-switch.ts';
import { signalingConfig } from './config.ts';
import { settingsCheck } from './http/settings-check.ts';
import { openRecordingStore } from './orders/recording-store.ts';
import { startSignaling } from './service.ts';

await runService({
  name: 'signaling',
  configSchema: signalingConfig,
  start: async ({ name, version, config, logger, stopping }) => {
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(name, config));
    const view = opened.use(await store.settings.view());
    let readiness = (): true | string => 'it starts';
    const server = await createHttpServer({
      name, version, logger, stopping, token: config.API_TOKEN, ready: () => readiness(),
      description: 'Calls on the switch, and the settings of lines, extensions, ring groups, menus and greetings.',
    });
    settingsRoutes(server, { owner: 'signaling', settings: store.settings, view, check: settingsCheck(view) });
    const theSwitch = opened.use(openSwitch({ config, server, settings: view, logger }));
    logger.info({ switch: theSwitch.description.name, simulated: theSwitch.description.simulated }, 'working with a switch');
    if (config.RECORDINGS_DIR === '') logger.warn('RECORDINGS_DIR is empty: of no call a recording is kept; set it to the folder where recordings shall lie');
    const url = await listenOn(server, config);
    opened.defer(() => server.close());
    const signaling = opened.use(startSignaling({
      log: store.log, coordination: store.coordination, settings: view, openSwitch: () => theSwitch.open(), logger, owner: config.INSTANCE,
      switchNumber: config.SWITCH_NUMBER, policyWaitMs: config.POLICY_WAIT_MS,
      recordings: openRecordingStore(config.RECORDINGS_DIR),
    }));
    readiness = () => (store.isOpen() ? signaling.readiness() : 'the connection to NATS is closed');
    const everything = opened.move();
    return { url, ready: () => readiness() === true, [Symbol.asyncDispose]: () => everything.disposeAsync() };
  },
});
