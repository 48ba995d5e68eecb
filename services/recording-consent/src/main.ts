import { openStore } from '@earshot/event-log';
import { runService } from '@earshot/service-kit';
import { recordingConsentConfig } from './config.ts';
import { startRecordingConsent } from './service.ts';

await runService({
  name: 'recording-consent',
  configSchema: recordingConsentConfig,
  start: async (context) => {
    await using opened = new AsyncDisposableStack();
    const store = opened.use(await openStore(context.name, context.config));
    const service = opened.use(await startRecordingConsent(context, store));
    const everything = opened.move();
    return { ...service, [Symbol.asyncDispose]: () => everything.disposeAsync() };
  },
});
