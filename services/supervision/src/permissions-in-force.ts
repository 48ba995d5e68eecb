import { indexSettings, type SettingsView } from '@earshot/event-log';
import type { Permissions } from './domain/permission.ts';

/** Id of the one setting of kind `supervision`. */
export const tenantSetting = 'tenant';

/** Whom a changed setting can concern: these extensions, or everybody. */
export type Concerned = readonly string[] | 'everybody';

/**
 * Who may supervise whom as the settings stand, by indexes that follow the view: a question costs the same
 * whatever the number of extensions and groups. Supervision is on while nobody has switched it off.
 * @param onChange hears of every change, with whom it can concern, once the permissions say what now holds
 */
export const permissionsInForce = (
  settings: SettingsView,
  onChange: (concerned: Concerned) => void,
): Permissions => {
  const groups = indexSettings(
    settings,
    'ring-groups',
    ({ value }) => value.members.map(({ extension }) => extension),
    onChange,
  );
  settings.onChange(({ kind, id }) => {
    if (kind === 'extensions') onChange([id]);
    if (kind === 'supervision') onChange('everybody');
  });
  return {
    isEnabled: () => settings.get('supervision', tenantSetting)?.value.enabled ?? true,
    hasExtension: (extension) => settings.get('extensions', extension) !== undefined,
    isMarkedFor: (supervisor, target) =>
      groups
        .find(supervisor)
        .some(
          ({ value: { members } }) =>
            members.some((member) => member.extension === supervisor && member.supervisor) &&
            members.some((member) => member.extension === target),
        ),
  };
};
