import { describe, expect, it } from 'vitest';
import { indexSettings } from './settings-index.ts';
import { openMemoryStore } from './memory/open-memory-store.ts';

const group = (...extensions: readonly string[]) => ({
  name: 'Group',
  members: extensions.map((extension) => ({ extension, supervisor: false })),
});
const by = { actor: 'test' };

/** The groups of an extension, before and after whatever is put. */
const groupsByMember = async () => {
  const { settings } = openMemoryStore().connect();
  await settings.put('ring-groups', 'support', group('1001', '1004'), by);
  const view = await settings.view();
  const changed: (readonly string[])[] = [];
  const index = indexSettings(
    view,
    'ring-groups',
    ({ value }) => value.members.map(({ extension }) => extension),
    (keys) => {
      changed.push(keys);
    },
  );
  const put = async (...args: Parameters<typeof settings.put<'ring-groups'>>) => {
    await view.reached((await settings.put(...args)).version);
  };
  return {
    put,
    changed,
    settings,
    groupsOf: (extension: string) => index.find(extension).map(({ id }) => id),
  };
};

describe('an index of the settings', () => {
  it('knows what stood when it was made, and follows what is added, changed and removed', async () => {
    const { put, groupsOf } = await groupsByMember();
    expect([groupsOf('1001'), groupsOf('1005')]).toEqual([['support'], []]);
    await put('ring-groups', 'sales', group('1001', '1005'), by);
    expect([groupsOf('1001'), groupsOf('1005')]).toEqual([['support', 'sales'], ['sales']]);
    await put('ring-groups', 'support', group('1004', '1005'), by);
    expect([groupsOf('1001'), groupsOf('1004'), groupsOf('1005')]).toEqual([
      ['sales'],
      ['support'],
      ['support', 'sales'],
    ]);
    await put('ring-groups', 'support', null, by);
    expect([groupsOf('1004'), groupsOf('1005')]).toEqual([[], ['sales']]);
  });

  it('tells under which keys a changed setting was and is, and says nothing of other kinds', async () => {
    const { put, changed, settings } = await groupsByMember();
    await put('ring-groups', 'support', group('1004', '1005'), by);
    await put('ring-groups', 'support', null, by);
    await settings.put('supervision', 'tenant', { enabled: false }, by);
    expect(changed).toEqual([
      ['1001', '1004', '1005'],
      ['1004', '1005'],
    ]);
  });
});
