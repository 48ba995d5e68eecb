import { openStore } from '@earshot/event-log';
import { runService } from '@earshot/service-kit';
import { supervisionConfig } from './config.ts';
import { startSupervision } from './service.ts';

await runService({
  name: 'supervision',
  configSchema: supervisionConfig,
  start: async (context) => {
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(context.name, context.config));
    const service = opened.use(await startSupervision(context, store));
    const everything = opened.move();
    return { ...service, [Symbol.asyncDispose]: () => everything.disposeAsync() };
  },
});
