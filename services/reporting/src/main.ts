import { connectToNats, ensureStreams, openCallLog } from '@earshot/event-log';
import { runService } from '@earshot/service-kit';
import { configSchema } from './config.ts';
import { startReporting } from './service.ts';

await runService({
  name: 'reporting',
  configSchema,
  start: async (context) => {
    const { NATS_URL: url, NATS_USER: user, NATS_PASSWORD: pass, TENANT: tenant } = context.config;
    const connection = await connectToNats({ url, name: 'reporting', more: user === undefined ? {} : { user, pass: pass ?? '' } });
    await ensureStreams(connection);
    const calls = openCallLog({ connection, tenant });
    const service = await startReporting(context, calls);
    return {
      url: service.url,
      ready: () => (connection.isClosed() ? 'the connection to NATS is closed' : service.ready()),
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await calls[Symbol.asyncDispose]();
        await connection.close();
      },
    };
  },
});
