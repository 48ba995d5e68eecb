import type { SettingsValue } from '@earshot/contracts';
import { ConflictError, type SettingsLog } from '@earshot/event-log';

const codes = {
  spy: { code: '*90', mode: 'spy' },
  whisper: { code: '*91', mode: 'whisper' },
  barge: { code: '*92', mode: 'barge' },
} as const satisfies Record<string, SettingsValue<'service-codes'>>;

/** Writes the service codes of docs/product.md 1 once for a tenant; what an administrator has changed or removed since stays so. */
export const writeDefaultCodes = async (settings: SettingsLog): Promise<void> => {
  for (const [id, value] of Object.entries(codes)) {
    try {
      await settings.put('service-codes', id, value, { actor: 'supervision', expectedVersion: 0 });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
};
