import type { Route, SettingsKind, SettingsValue } from '@earshot/contracts';
import type { SettingsView } from '@earshot/event-log';
import type { Problem } from '@earshot/service-kit';

/** What a setting of signaling gets wrong that its schema cannot see: something twice, or not there, or at odds with another. */
export const settingsCheck =
  (view: SettingsView) =>
  (kind: SettingsKind, id: string, value: SettingsValue<SettingsKind>): readonly Problem[] => {
    if (kind === 'lines') {
      const line = value as SettingsValue<'lines'>;
      const other = view.all('lines').find((known) => known.id !== id && known.value.number === line.number);
      const policy = view.get('recording-policies', id)?.value.setting;
      return [
        ...(line.type === 'digital' && (policy === 'opt_in' || policy === 'opt_out')
          ? [{ field: 'type', reason: `cannot be digital while the line records by ${policy}` }]
          : []),
        ...(other ? [{ field: 'number', reason: `is already the number of the line ${other.id}` }] : []),
        ...missingTarget(view, line.route, 'route'),
      ];
    }
    if (kind === 'ring-groups') {
      const { members } = value as SettingsValue<'ring-groups'>;
      return members.flatMap(({ extension }, index) => {
        const field = `members.${index}.extension`;
        if (!view.get('extensions', extension)) return [{ field, reason: 'is no extension of this tenant' }];
        return members.findIndex((member) => member.extension === extension) < index
          ? [{ field, reason: 'is a member already' }]
          : [];
      });
    }
    if (kind === 'menus') {
      const menu = value as SettingsValue<'menus'>;
      const greeting = view.get('greetings', menu.greetingId)
        ? []
        : [{ field: 'greetingId', reason: 'is no greeting of this tenant' }];
      return [
        ...greeting,
        ...Object.entries(menu.routes).flatMap(([key, route]) => missingTarget(view, route, `routes.${key}`)),
      ];
    }
    return [];
  };

const missingTarget = (view: SettingsView, route: Route, field: string): readonly Problem[] => {
  switch (route.to) {
    case 'group':
      return view.get('ring-groups', route.groupId)
        ? []
        : [{ field: `${field}.groupId`, reason: 'is no ring group of this tenant' }];
    case 'extension':
      return view.get('extensions', route.extension)
        ? []
        : [{ field: `${field}.extension`, reason: 'is no extension of this tenant' }];
    case 'menu':
      return view.get('menus', route.menuId)
        ? []
        : [{ field: `${field}.menuId`, reason: 'is no menu of this tenant' }];
  }
};
