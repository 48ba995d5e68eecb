import { connectToNats, ensureStreams, openCallLog, openCoordination, openSettingsLog } from '@earshot/event-log';
import { runService } from '@earshot/service-kit';
import { supervisionConfig } from './config.ts';
import { startSupervision } from './service.ts';

await runService({
  name: 'supervision',
  configSchema: supervisionConfig,
  async start(context) {
    const { NATS_URL: url, NATS_USER: user, NATS_PASSWORD: pass, TENANT: tenant } = context.config;
    const credentials = user === undefined ? {} : { more: { user, ...(pass === undefined ? {} : { pass }) } };
    const connection = await connectToNats({ url, name: context.name, ...credentials });
    await ensureStreams(connection);
    await using opened = new AsyncDisposableStack();
    opened.defer(async () => { await connection.close(); });
    const log = opened.use(openCallLog({ connection, tenant }));
    const settings = opened.use(openSettingsLog({ connection, tenant }));
    const service = opened.use(await startSupervision(context, { log, settings, coordination: openCoordination(connection) }));
    const everything = opened.move();
    return { url: service.url, ready: () => service.ready(), [Symbol.asyncDispose]: () => everything.disposeAsync() };
  },
});
