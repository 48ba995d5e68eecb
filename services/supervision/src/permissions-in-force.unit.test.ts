import type { SettingsView } from '@earshot/event-log';
import { openMemoryStore } from '@earshot/event-log';
import { describe, expect, it } from 'vitest';
import { whyNotPermitted } from './domain/permission.ts';
import { permissionsInForce, type Concerned } from './permissions-in-force.ts';

const by = { actor: 'test' };
const members = (first: number, supervisor: boolean) =>
  Array.from({ length: 10 }, (_, n) => ({ extension: String(first + n), supervisor: supervisor && n === 0 }));

/**
 * 1,000 extensions in 100 groups; the first of each group is its supervisor. `looks` counts what the settings
 * are asked.
 */
const largeTenant = async () => {
  const { settings } = openMemoryStore().connect();
  for (let n = 0; n < 1000; n += 1)
    await settings.put('extensions', String(1000 + n), { name: 'Somebody', outboundLineId: null }, by);
  for (let n = 0; n < 100; n += 1)
    await settings.put('ring-groups', `g${n}`, { name: 'Group', members: members(1000 + n * 10, true) }, by);
  const view = await settings.view();
  const looks = { get: 0, all: 0 };
  const counted: SettingsView = {
    sequence: view.sequence,
    get: (kind, id) => {
      looks.get += 1;
      return view.get(kind, id);
    },
    all: (kind) => {
      looks.all += 1;
      return view.all(kind);
    },
    onChange: (listener) => view.onChange(listener),
    reached: (sequence) => view.reached(sequence),
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
  const concerned: Concerned[] = [];
  const permissions = permissionsInForce(counted, (whom) => {
    concerned.push(whom);
  });
  const put = async (...args: Parameters<typeof settings.put>) => {
    await view.reached((await settings.put(...args)).version);
  };
  return { permissions, looks, concerned, put };
};

describe('the permissions in force', () => {
  it('are found without going through the settings of a large tenant', async () => {
    const { permissions, looks } = await largeTenant();
    Object.assign(looks, { get: 0, all: 0 });
    for (let n = 0; n < 100; n += 1)
      expect(whyNotPermitted(permissions, String(1000 + n * 10), String(1001 + n * 10), 'spy')).toBeNull();
    expect(whyNotPermitted(permissions, '1000', '1011', 'spy')).toBe('not_authorised');
    expect(looks.all).toBe(0);
    expect(looks.get).toBeLessThanOrEqual(101 * 3);
  });

  it('follow every change at a cost that does not depend on how many settings there are, and say whom it can concern', async () => {
    const { permissions, looks, concerned, put } = await largeTenant();
    Object.assign(looks, { get: 0, all: 0 });
    await put('ring-groups', 'g0', { name: 'Group', members: members(1000, false) }, by);
    expect([whyNotPermitted(permissions, '1000', '1001', 'spy'), looks.all]).toEqual(['not_authorised', 0]);
    await put('extensions', '1011', null, by);
    expect(whyNotPermitted(permissions, '1010', '1011', 'spy')).toBe('no_such_extension');
    await put('supervision', 'tenant', { enabled: false }, by);
    expect(whyNotPermitted(permissions, '1020', '1021', 'spy')).toBe('supervision_off');
    expect(concerned).toEqual([
      members(1000, false).map(({ extension }) => extension),
      ['1011'],
      'everybody',
    ]);
    expect(looks.all).toBe(0);
  });

  it('concern also those who were members until now', async () => {
    const { concerned, put } = await largeTenant();
    await put('ring-groups', 'g0', null, by);
    expect(concerned).toEqual([members(1000, false).map(({ extension }) => extension)]);
  });
});
