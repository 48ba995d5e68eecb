import { accountsOf } from './accounts.ts';
import type { Passwords } from './accounts.ts';

export interface ServerSettings {
  readonly name: string;
  readonly storeDir: string;
  readonly portsDir: string;
  /** Ports on loopback; -1 lets the server choose a free one. */
  readonly port: number;
  /** Undefined: no monitoring, which tells everybody on this machine who is connected and what is stored. */
  readonly monitorPort: number | undefined;
  /** Undefined: whoever reaches loopback may do everything. */
  readonly passwords: Passwords | undefined;
  /** More lines of the server's own configuration language. */
  readonly more: string;
}

/** The text of the server's configuration file. */
export const configurationOf = (settings: ServerSettings): string => {
  return [
    `server_name: ${JSON.stringify(settings.name)}`,
    'host: "127.0.0.1"',
    `port: ${settings.port}`,
    ...(settings.monitorPort === undefined ? [] : [`http: "127.0.0.1:${settings.monitorPort}"`]),
    `ports_file_dir: ${JSON.stringify(settings.portsDir)}`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(settings.storeDir)}`,
    // The log is the source of truth: what was acknowledged survives a power cut.
    '  sync_interval: always',
    '}',
    ...(settings.passwords === undefined
      ? []
      : [`accounts: ${JSON.stringify(accountsOf(settings.passwords), undefined, 2)}`]),
    settings.more,
    '',
  ].join('\n');
};
