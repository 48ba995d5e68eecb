import { testNats } from '@earshot/testkit/nats';
import { settingsLogContract } from '../settings-log.contract.ts';
import { connectToNats } from './connect.ts';
import { ensureStreams } from './set-up-streams.ts';
import { openSettingsLog } from './settings-log.ts';

settingsLogContract('The settings on JetStream', async () => {
  const nats = await testNats();
  const connection = await connectToNats({ url: nats.url, name: 'contract' });
  await ensureStreams(connection);
  const settings = openSettingsLog({ connection, tenant: 'test' });
  return {
    settings,
    [Symbol.asyncDispose]: async () => {
      await settings[Symbol.asyncDispose]();
      await connection.close();
      await nats[Symbol.asyncDispose]();
    },
  };
});
