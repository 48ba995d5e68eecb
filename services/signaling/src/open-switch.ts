import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static } from 'typebox';
import type { SettingsView } from '@earshot/event-log';
import { ConfigError, type HttpServer } from '@earshot/service-kit';
import { createAsteriskSwitch } from './adapters/asterisk/asterisk-switch.ts';
import { simulatedPhoneRoutes } from './adapters/simulated/http-phones.ts';
import { createSimulatedSwitch } from './adapters/simulated/simulated-switch.ts';
import type { signalingConfig } from './config.ts';
import type { Switch } from './domain/switch.ts';

/**
 * The switch that the configuration names; a simulated one gets a phone per extension, and the routes by which phones are used.
 * @throws ConfigError when the password of a real one is not configured
 */
export const openSwitch = async (config: Readonly<Static<typeof signalingConfig>>, server: HttpServer, settings: SettingsView): Promise<Switch> => {
  if (config.SWITCH === 'asterisk') {
    const password = config.SWITCH_PASSWORD;
    if (password === undefined) {
      throw new ConfigError(['SWITCH_PASSWORD is missing: the real switch asks for the password of SWITCH_USER.']);
    }
    return createAsteriskSwitch({
      url: config.SWITCH_URL, user: config.SWITCH_USER, password, app: config.SWITCH_APP,
      trunk: config.TRUNK, greetingsFolder: config.GREETINGS_DIR,
    });
  }
  const folder = config.RECORDINGS_DIR;
  if (folder !== '') await mkdir(folder, { recursive: true, mode: 0o700 });
  const simulated = createSimulatedSwitch({
    keepRecording: (recordingId, marker) => {
      const file = join(folder, `${recordingId}.simulated.txt`);
      if (folder !== '') void writeFile(file, marker, { mode: 0o600 }).catch(() => {});
    },
  });
  simulatedPhoneRoutes(server, simulated);
  for (const { id } of settings.all('extensions')) simulated.phones.extension(id);
  settings.onChange(({ kind, id }) => { if (kind === 'extensions' && settings.get(kind, id)) simulated.phones.extension(id); });
  return simulated;
};
