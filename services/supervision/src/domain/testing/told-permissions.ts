import type { HearEachOther, SettingsValue } from '@earshot/contracts';
import { grantIn } from '../../permissions-in-force.ts';
import type { Permissions } from '../permission.ts';

/** Settings as a test tells them. */
export interface ToldSettings {
  readonly enabled: boolean;
  readonly extensions: readonly string[];
  readonly groups: readonly SettingsValue<'ring-groups'>['members'][];
  readonly maxPerCall?: number;
  readonly hearEachOther?: HearEachOther;
}

/** What these settings permit. */
export const permissionsFrom = (told: ToldSettings): Permissions => ({
  isEnabled: () => told.enabled,
  hasExtension: (extension) => told.extensions.includes(extension),
  grantsFor: (supervisor, target) => told.groups.flatMap((members) => grantIn(members, supervisor, target)),
  rules: () => ({ maxPerCall: told.maxPerCall ?? 3, hearEachOther: told.hearEachOther ?? 'barging' }),
});
