import type { Static } from 'typebox';
import type { SettingsView } from '@earshot/event-log';
import { ConfigError, type HttpServer, type Logger } from '@earshot/service-kit';
import type { signalingConfig } from '../config.ts';
import type { Switch } from '../domain/switch.ts';
import { createAsteriskSwitch } from './asterisk/asterisk-switch.ts';
import { simulatedPhoneRoutes } from './simulated/http-phones.ts';
import { createSimulatedSwitch, type SimulatedSwitch } from './simulated/simulated-switch.ts';

export interface OpenSwitchOptions {
  readonly config: Readonly<Static<typeof signalingConfig>>;
  readonly server: HttpServer;
  readonly settings: SettingsView;
  readonly logger: Logger;
}

/** The switch that the configuration names: a connection to it for every term. */
export interface SwitchToOpen extends AsyncDisposable {
  readonly description: Switch['description'];
  open(): Switch;
}

/** A term's hold of a simulated switch: the switch itself lives as long as the process. */
const lend = (simulated: SimulatedSwitch): Switch => ({
  ...simulated,
  [Symbol.asyncDispose]: async () => simulated.loseConnection(),
});

/** Gives a simulated switch a phone per extension, and the routes by which phones are used. */
const openSimulated = ({ config, server, settings }: OpenSwitchOptions): SwitchToOpen => {
  const simulated = createSimulatedSwitch({ switchNumber: config.SWITCH_NUMBER });
  simulatedPhoneRoutes(server, simulated);
  for (const { id } of settings.all('extensions')) simulated.phones.extension(id);
  settings.onChange(({ kind, id }) => {
    if (kind === 'extensions' && settings.get(kind, id)) simulated.phones.extension(id);
  });
  return {
    description: simulated.description,
    open: () => lend(simulated),
    [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
  };
};

/** @throws ConfigError when the password of a real one is not configured */
export const openSwitch = (options: OpenSwitchOptions): SwitchToOpen => {
  const { config, settings, logger } = options;
  if (config.SWITCH === 'simulated') return openSimulated(options);
  const password = config.SWITCH_PASSWORD;
  if (password === undefined) {
    throw new ConfigError([
      'SWITCH_PASSWORD is missing: the real switch asks for the password of SWITCH_USER.',
    ]);
  }
  const open = (): Switch =>
    createAsteriskSwitch({
      url: config.SWITCH_URL,
      user: config.SWITCH_USER,
      password,
      app: config.SWITCH_APP,
      trunk: config.TRUNK,
      greetingsFolder: config.GREETINGS_DIR,
      switchNumber: config.SWITCH_NUMBER,
      outside: {
        callsPerCaller: config.MAX_CALLS_PER_CALLER,
        calls: config.MAX_OUTSIDE_CALLS,
        arrivalsPerSecond: config.MAX_ARRIVALS_PER_SECOND,
      },
      isExtension: (endpoint) => settings.get('extensions', endpoint) !== undefined,
      onProblem: (problem) => logger.warn({ problem }, 'a difficulty with the switch'),
    });
  return { description: { name: 'Asterisk', simulated: false }, open, [Symbol.asyncDispose]: async () => {} };
};
