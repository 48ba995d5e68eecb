import type { SettingsKind } from '@earshot/contracts';
import type { SettingsLog } from '@earshot/event-log';
import { demoTenant } from '../../infra/local/demo-tenant.ts';

/** The demo tenant, with consent greetings on the way into every group, in a settings log. */
export const writeTenant = async (settings: SettingsLog): Promise<void> => {
  for (const { kind, id, value } of demoTenant) await settings.put(kind as SettingsKind, id, value as never, { actor: 'test' });
  for (const [code, mode] of [['*90', 'spy'], ['*91', 'whisper'], ['*92', 'barge']] as const) {
    await settings.put('service-codes', mode, { code, mode }, { actor: 'test' });
  }
};
