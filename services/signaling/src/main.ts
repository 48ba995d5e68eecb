import { openStore } from '@earshot/event-log';
import {
  createServiceServer,
  listenOn,
  runService,
  settingsRoutes,
  signInOf,
  type Readiness,
} from '@earshot/service-kit';
import { openSwitch } from './adapters/open-switch.ts';
import { signalingConfig } from './config.ts';
import { settingsCheck } from './http/settings-check.ts';
import { openRecordingStore } from './orders/recording-store.ts';
import { startSignaling } from './service.ts';

await runService({
  name: 'signaling',
  configSchema: signalingConfig,
  start: async (context) => {
    const { name, config, logger } = context;
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(name, config));
    const view = opened.use(await store.settings.view());
    let readiness = (): Readiness => 'the calls on the switch are not looked at yet';
    const server = await createServiceServer(context, {
      ready: () => readiness(),
      signIn: signInOf(context, { settings: view, marks: store.coordination.marks }),
      description:
        'Calls on the switch, and the settings of lines, extensions, ring groups, menus and greetings.',
    });
    settingsRoutes(server, {
      owner: 'signaling',
      settings: store.settings,
      view,
      check: settingsCheck(view),
    });
    const theSwitch = opened.use(openSwitch({ config, server, settings: view, logger }));
    logger.info(
      { switch: theSwitch.description.name, simulated: theSwitch.description.simulated },
      'working with a switch',
    );
    if (config.RECORDINGS_DIR === '')
      logger.warn(
        'RECORDINGS_DIR is empty: of no call a recording is kept; set it to the folder where recordings shall lie',
      );
    const url = await listenOn(server, config);
    opened.defer(() => server.close());
    const signaling = opened.use(
      startSignaling({
        log: store.log,
        coordination: store.coordination,
        settings: view,
        openSwitch: () => theSwitch.open(),
        logger,
        owner: config.INSTANCE,
        switchNumber: config.SWITCH_NUMBER,
        policyWaitMs: config.POLICY_WAIT_MS,
        recordings: openRecordingStore(config.RECORDINGS_DIR),
      }),
    );
    readiness = () => (store.ready() === true ? signaling.readiness() : store.ready());
    const everything = opened.move();
    return {
      url,
      failed: signaling.failed,
      ready: () => readiness(),
      [Symbol.asyncDispose]: () => everything.disposeAsync(),
    };
  },
});
