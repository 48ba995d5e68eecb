import { openMemoryStore } from '@earshot/event-log';
import type { LineType, RecordingSetting } from '@earshot/contracts';
import { expect, it } from 'vitest';
import { settingsCheck } from './settings-check.ts';

const by = { actor: 'test' };
const checking = async (policy?: RecordingSetting) => {
  const { settings } = openMemoryStore().connect();
  for (const extension of ['1001', '1004'])
    await settings.put('extensions', extension, { name: extension, outboundLineId: null }, by);
  if (policy) await settings.put('recording-policies', 'widget', { setting: policy }, by);
  return settingsCheck(await settings.view());
};
const line = (type: LineType) => ({
  ...{ number: '+41445550500', name: 'Web widget', type },
  route: { to: 'extension' as const, extension: '1001' },
});

it.each(['opt_in', 'opt_out'] as const)(
  'a line whose callers are asked cannot become digital: %s',
  async (policy) => {
    const check = await checking(policy);
    expect(check('lines', 'widget', line('digital'))).toEqual([
      { field: 'type', reason: `cannot be digital while the line records by ${policy}` },
    ]);
    expect(check('lines', 'widget', line('phone'))).toEqual([]);
  },
);

it.each(['always', 'never', undefined] as const)(
  'a digital line whose callers are not asked is fine: %s',
  async (policy) => {
    expect((await checking(policy))('lines', 'widget', line('digital'))).toEqual([]);
  },
);

it('an extension is a member of a ring group once, so that its mark as supervisor says one thing', async () => {
  const members = ['1001', '1004', '1001'].map((extension, n) => ({ extension, supervisor: n === 0 }));
  expect((await checking())('ring-groups', 'support', { name: 'Support', members })).toEqual([
    { field: 'members.2.extension', reason: 'is a member already' },
  ]);
});
