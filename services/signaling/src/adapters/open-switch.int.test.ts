import { openMemoryStore } from '@earshot/event-log';
import { createHttpServer, createLogger, environmentToken, readConfig } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import { signalingConfig } from '../config.ts';
import { openSwitch, type SwitchToOpen } from './open-switch.ts';

const logger = createLogger({ service: 'signaling', instance: 'test', level: 'silent' });
const open = async (env: Readonly<Record<string, string>>): Promise<SwitchToOpen> => {
  const { config } = readConfig(signalingConfig, env);
  const server = await createHttpServer({
    name: 'signaling',
    version: '0',
    logger,
    ready: () => true,
    signIn: environmentToken('correct-horse-battery-staple-and-more'),
  });
  return openSwitch({ config, server, settings: await openMemoryStore().connect().settings.view(), logger });
};

it('a real switch is not worked with while nobody said its password', async () => {
  await expect(open({ SWITCH: 'asterisk' })).rejects.toThrow(
    'SWITCH_PASSWORD is missing: the real switch asks for the password of SWITCH_USER.',
  );
  await using opened = await open({ SWITCH: 'asterisk', SWITCH_PASSWORD: 'said' });
  expect(opened.description.simulated).toBe(false);
});
