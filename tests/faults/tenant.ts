import type { SettingsKind, SupervisionMode } from '@earshot/contracts';
import { openMemoryStore, type OpenMemoryStore } from '@earshot/event-log';
import { demoTenant } from '../../infra/local/demo-tenant.ts';

/** A setting as somebody puts it. */
export interface PutSetting {
  readonly kind: SettingsKind;
  readonly id: string;
  readonly value: unknown;
}

/** Extensions that the faults tenant can mark as supervisors. */
export const supervisors = ['1001', '2002'] as const;

/** One group more than the demo tenant has: two who may supervise everybody, so that they meet on one call. */
const leads: PutSetting = {
  kind: 'ring-groups',
  id: 'leads',
  value: {
    name: 'Leads',
    members: ['1001', '2002', '1004', '1005', '2001', '888'].map((extension) => ({ extension })),
  },
};

/**
 * The ring groups with these extensions marked as supervisors, and no other.
 * @param modes that they may use; all when it is not said
 */
export const ringGroupsMarking = (
  marked: readonly string[],
  modes?: readonly SupervisionMode[],
): readonly PutSetting[] =>
  [...demoTenant.filter(({ kind }) => kind === 'ring-groups'), leads].map(({ kind, id, value }) => {
    const group = value as { readonly members: readonly { readonly extension: string }[] };
    const members = group.members.map(({ extension }) => ({
      extension,
      supervisor: marked.includes(extension),
      ...(modes && { modes }),
    }));
    return { kind, id, value: { ...group, members } };
  });

/** Puts a setting as its owner would. */
export const putSetting = async (store: OpenMemoryStore, { kind, id, value }: PutSetting): Promise<void> =>
  void (await store.connect().settings.put(kind, id, value as never, { actor: 'test' }));

const written = async (): Promise<OpenMemoryStore> => {
  const opened = openMemoryStore({ tenant: 'demo' });
  const codes = [
    ['*90', 'spy'],
    ['*91', 'whisper'],
    ['*92', 'barge'],
  ].map(([code, mode = '']): PutSetting => ({ kind: 'service-codes', id: mode, value: { code, mode } }));
  for (const setting of [...demoTenant, ...codes, ...ringGroupsMarking(supervisors)])
    await putSetting(opened, setting);
  return opened;
};
const template = written();

/** The demo tenant in the settings of a store, copied from a store in which it was written once. */
export const giveTenant = async ({ store }: OpenMemoryStore): Promise<void> => {
  for (const message of (await template).store.settings.messages) store.settings.add(message);
};
