import {
  defaultGreetings,
  type DefaultGreetingKind,
  type SettingsCommit,
  type SettingsKind,
  type SettingsValue,
} from '@earshot/contracts';

/** One setting of the demo tenant: what is put where. */
export type DemoSetting = {
  [K in SettingsKind]: { readonly kind: K; readonly id: string; readonly value: SettingsValue<K> };
}[SettingsKind];

const setting = <K extends SettingsKind>(kind: K, id: string, value: SettingsValue<K>): DemoSetting =>
  ({ kind, id, value }) as DemoSetting & Pick<SettingsCommit<K>, 'kind'>;

/** Who sits where: first names, for the timeline. */
export const demoPeople: Readonly<Record<string, string>> = {
  1001: 'Benjamin',
  1004: 'Olivia',
  1005: 'Noah',
  2001: 'Mia',
  2002: 'Emma',
  888: 'Liam',
};

const outboundLines: Readonly<Record<string, string>> = {
  1001: 'private-office',
  1004: 'support',
  1005: 'support',
  2001: 'sales',
  2002: 'orders',
  888: 'sales',
};

const greeting = (id: string, kind: SettingsValue<'greetings'>['kind'], text: string): DemoSetting =>
  setting('greetings', id, { kind, language: 'en', text });

/** The small company of every demo, test and page of the documentation; outbound calls of its people cover all four recording settings. */
export const demoTenant: readonly DemoSetting[] = [
  ...Object.entries(defaultGreetings).map(([kind, text]) =>
    greeting(kind.replaceAll('_', '-'), kind as DefaultGreetingKind, text),
  ),
  greeting(
    'menu-sales',
    'menu',
    'For sales, press 1. For support, press 2. Calls to sales are recorded unless you press 3 while you wait.',
  ),

  ...Object.entries(demoPeople).map(([extension, name]) =>
    setting('extensions', extension, { name, outboundLineId: outboundLines[extension] ?? null }),
  ),

  setting('ring-groups', 'support', {
    name: 'Support',
    members: [
      { extension: '1001', supervisor: true },
      { extension: '1004', supervisor: false },
      { extension: '1005', supervisor: false },
    ],
  }),
  setting('ring-groups', 'sales', {
    name: 'Sales',
    members: [
      { extension: '2001', supervisor: false },
      { extension: '2002', supervisor: true },
      { extension: '888', supervisor: false },
    ],
  }),
  setting('menus', 'sales', {
    greetingId: 'menu-sales',
    routes: { 1: { to: 'group', groupId: 'sales' }, 2: { to: 'group', groupId: 'support' } },
  }),

  setting('lines', 'support', {
    number: '+41445550100',
    name: 'Support',
    type: 'phone',
    route: { to: 'group', groupId: 'support' },
  }),
  setting('lines', 'sales', {
    number: '+41445550200',
    name: 'Sales',
    type: 'phone',
    route: { to: 'menu', menuId: 'sales' },
  }),
  setting('lines', 'orders', {
    number: '+41445550300',
    name: 'Orders',
    type: 'phone',
    route: { to: 'group', groupId: 'sales' },
  }),
  setting('lines', 'private-office', {
    number: '+41445550400',
    name: 'Private office',
    type: 'phone',
    route: { to: 'extension', extension: '1001' },
  }),
  setting('lines', 'web-widget', {
    number: '+41445550500',
    name: 'Web widget',
    type: 'digital',
    route: { to: 'group', groupId: 'support' },
  }),

  setting('recording-policies', 'support', { setting: 'opt_in' }),
  setting('recording-policies', 'sales', { setting: 'opt_out' }),
  setting('recording-policies', 'orders', { setting: 'always' }),
  setting('recording-policies', 'private-office', { setting: 'never' }),
  setting('recording-policies', 'web-widget', { setting: 'always' }),
];
