import { openStore } from '@earshot/event-log';
import { createHttpServer, listenOn, runService, settingsRoutes } from '@earshot/service-kit';
import { signalingConfig } from './config.ts';
import { settingsCheck } from './http/settings-check.ts';
import { openSwitch } from './open-switch.ts';
import { startSignaling } from './service.ts';

await runService({
  name: 'signaling',
  configSchema: signalingConfig,
  start: async ({ name, version, config, logger, stopping }) => {
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(name, config));
    const view = opened.use(await store.settings.view());
    let isReady = false;
    const server = await createHttpServer({
      name, version, logger, stopping, token: config.API_TOKEN,
      ready: () => (isReady ? true : 'the calls on the switch are being taken over'),
      description: 'Calls on the switch, and the settings of lines, extensions, ring groups, menus and greetings.',
    });
    settingsRoutes(server, { owner: 'signaling', settings: store.settings, view, check: settingsCheck(view) });
    const theSwitch = await openSwitch(config, server, view);
    logger.info({ switch: theSwitch.description.name, simulated: theSwitch.description.simulated }, 'working with a switch');
    const url = await listenOn(server, config);
    opened.defer(() => server.close());
    const signaling = opened.use(await startSignaling({
      log: store.log, coordination: store.coordination, settings: view, switch: theSwitch, logger, owner: config.INSTANCE,
    }));
    isReady = true;
    const everything = opened.move();
    const { failed } = signaling.runtime;
    return { url, failed, ready: () => isReady && store.isOpen(), [Symbol.asyncDispose]: () => everything.disposeAsync() };
  },
});
