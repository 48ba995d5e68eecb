import { Type } from 'typebox';
import { configOf } from '../config/config-schema.ts';
import { openMemoryStore } from '@earshot/event-log';
import { listenOn } from '../http/http-server.ts';
import { runService } from './run-service.ts';
import { createServiceServer, signInOf } from './service-server.ts';

// A service for the tests of the lifecycle: it does nothing, and misbehaves on demand.
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await runService({
  name: 'sample',
  configSchema: configOf({
    BEHAVIOUR: Type.Enum(
      [
        'good',
        'slow-start',
        'start-hangs',
        'slow-stop',
        'start-fails',
        'rejection',
        'exception',
        'cannot-go-on',
      ],
      { default: 'good', description: 'What goes wrong' },
    ),
  }),
  async start(context) {
    const { config, logger } = context;
    if (config.BEHAVIOUR === 'start-fails') throw new Error(`NATS does not answer at ${config.NATS_URL}.`);
    logger.info('Sample starts');
    if (config.BEHAVIOUR === 'slow-start') await pause(1_000);
    if (config.BEHAVIOUR === 'start-hangs') await pause(60_000);
    const ready = () => true;
    const { settings, coordination } = openMemoryStore().connect();
    const access = { settings: await settings.view(), marks: coordination.marks };
    const server = await createServiceServer(context, {
      description: 'For tests.',
      ready,
      signIn: signInOf(context, access),
    });
    const url = await listenOn(server, config);
    if (config.BEHAVIOUR === 'rejection') void Promise.reject(new Error('Nobody foresaw this'));
    if (config.BEHAVIOUR === 'exception')
      setTimeout(() => {
        throw new Error('Nobody foresaw this');
      }, 10);
    const cannotGoOn = async (): Promise<never> => {
      await pause(10);
      throw new Error('The log is too new. Upgrade sample.');
    };
    return {
      url,
      ready,
      ...(config.BEHAVIOUR === 'cannot-go-on' ? { failed: cannotGoOn() } : {}),
      async [Symbol.asyncDispose]() {
        await server.close();
        if (config.BEHAVIOUR === 'slow-stop') await pause(60_000);
        logger.info('Sample closed');
      },
    };
  },
});
