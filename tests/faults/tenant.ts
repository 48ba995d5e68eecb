import type { SettingsKind } from '@earshot/contracts';
import { openMemoryStore, type OpenMemoryStore } from '@earshot/event-log';
import { demoTenant } from '../../infra/local/demo-tenant.ts';

const written = async (): Promise<OpenMemoryStore> => {
  const opened = openMemoryStore({ tenant: 'demo' });
  const { settings } = opened.connect();
  const put = (kind: SettingsKind, id: string, value: unknown) =>
    settings.put(kind, id, value as never, { actor: 'test' });
  for (const { kind, id, value } of demoTenant) await put(kind, id, value);
  for (const [code, mode] of [
    ['*90', 'spy'],
    ['*91', 'whisper'],
    ['*92', 'barge'],
  ] as const)
    await put('service-codes', mode, { code, mode });
  // Two who may supervise everybody, so that they meet on one call.
  await put('ring-groups', 'leads', {
    name: 'Leads',
    members: [
      ['1001', true],
      ['2002', true],
      ['1004', false],
      ['1005', false],
      ['2001', false],
      ['888', false],
    ].map(([extension, supervisor]) => ({ extension, supervisor })),
  });
  return opened;
};
const template = written();

/** The demo tenant in the settings of a store, copied from a store in which it was written once. */
export const giveTenant = async ({ store }: OpenMemoryStore): Promise<void> => {
  for (const message of (await template).store.settings.messages) store.settings.add(message);
};
