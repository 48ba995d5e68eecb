import type { SettingsKind, SettingsValue } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import type { Problem } from '@earshot/service-kit';
import { problemOf } from '../domain/setting-check.ts';

/** What a recording policy gets wrong with regard to the line whose id it has. */
export const settingsCheck =
  (view: SettingsView) =>
  (_kind: SettingsKind, id: string, value: SettingsValue<SettingsKind>): readonly Problem[] => {
    const problem =
      'setting' in value ? problemOf(value.setting, view.get('lines', id)?.value.type) : undefined;
    return problem ? [problem] : [];
  };
