import { defaultMaxPerCall, modeKeys, type SettingsValue, type SupervisionMode } from '@earshot/contracts';
import { indexSettings, type SettingsView } from '@earshot/event-log';
import type { Grant, Permissions } from './domain/permission.ts';

/** Id of the one setting of kind `supervision`. */
export const tenantSetting = 'tenant';

/** Whom a changed setting can concern: these extensions, or everybody. */
export type Concerned = readonly string[] | 'everybody';

type Members = SettingsValue<'ring-groups'>['members'];

const everyMode: readonly SupervisionMode[] = Object.values(modeKeys);

/** What a group with these members permits; nothing unless both are in it and the supervisor is marked. */
export const grantIn = (members: Members, supervisor: string, target: string): readonly Grant[] => {
  const marked = members.filter((member) => member.extension === supervisor && member.supervisor);
  const targets = members.filter(({ extension }) => extension === target);
  return marked.length === 0 || targets.length === 0
    ? []
    : [
        {
          modes: marked.flatMap(({ modes }) => modes ?? everyMode),
          supervisable: targets.every(({ supervisable }) => supervisable !== false),
        },
      ];
};

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
    grantsFor: (supervisor, target) =>
      groups.find(supervisor).flatMap(({ value }) => grantIn(value.members, supervisor, target)),
    rules: () => {
      const { maxPerCall = defaultMaxPerCall, hearEachOther = 'barging' } =
        settings.get('supervision', tenantSetting)?.value ?? {};
      return { maxPerCall, hearEachOther };
    },
  };
};
