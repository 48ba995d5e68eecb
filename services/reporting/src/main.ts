import { openStore } from '@earshot/event-log';
import { runService } from '@earshot/service-kit';
import { configSchema } from './config.ts';
import { startReporting } from './service.ts';

await runService({
  name: 'reporting',
  configSchema,
  start: async (context) => {
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(context.name, context.config));
    const settings = opened.use(await store.settings.view());
    const { marks } = store.coordination;
    const service = opened.use(await startReporting(context, store.log, { settings, marks }));
    const everything = opened.move();
    return {
      url: service.url,
      ...(service.failed === undefined ? {} : { failed: service.failed }),
      ready: () => (store.isOpen() ? service.ready() : 'the connection to NATS is closed'),
      [Symbol.asyncDispose]: () => everything.disposeAsync(),
    };
  },
});
