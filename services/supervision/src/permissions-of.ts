import type { SettingsKind } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import type { Permissions } from './domain/permission.ts';

/** Id of the one setting of kind `supervision`. */
export const tenantSetting = 'tenant';

/** Kinds of settings that the permissions are made of. */
export const permissionKinds: readonly SettingsKind[] = ['supervision', 'extensions', 'ring-groups'];

/** Who may supervise whom as the settings stand now. Supervision is on while nobody has switched it off. */
export const permissionsOf = (settings: SettingsView): Permissions => ({
  enabled: settings.get('supervision', tenantSetting)?.value.enabled ?? true,
  extensions: settings.all('extensions').map(({ id }) => id),
  groups: settings.all('ring-groups').map(({ value }) => value.members),
});
