import type { SettingsKind, SettingsValue } from '@earshot/contracts';
import type { Setting, SettingsView } from '@earshot/event-log';
import type { Problem } from '@earshot/service-kit';
import { tenantSetting } from '../permissions-in-force.ts';

/** What a setting of supervision gets wrong that its schema cannot see. */
export const settingsCheck =
  (view: SettingsView) =>
  (kind: SettingsKind, id: string, value: SettingsValue<SettingsKind>): readonly Problem[] => {
    if (kind === 'supervision' && id !== tenantSetting)
      return [{ field: 'id', reason: `must be ${tenantSetting}: there is one such setting` }];
    if (kind === 'service-codes' && 'code' in value)
      return clashes(id, value.code, view.all('service-codes'));
    return [];
  };

/** A code that begins like another could not be told from it once an extension follows: *90 and 1004, or *901 and 004? */
const clashes = (
  id: string,
  code: string,
  codes: readonly Setting<'service-codes'>[],
): readonly Problem[] => {
  const other = codes.find(
    (known) => known.id !== id && (known.value.code.startsWith(code) || code.startsWith(known.value.code)),
  );
  return other
    ? [{ field: 'code', reason: `cannot be told from ${other.value.code}, the code of ${other.id}` }]
    : [];
};
