import { describe, expect, it } from 'vitest';
import { whyNotPermitted } from './permission.ts';
import { permissionsFrom, type ToldSettings } from './testing/told-permissions.ts';

const demo: ToldSettings = {
  enabled: true,
  extensions: ['1001', '1004', '1005', '2001', '2002', '888'],
  groups: [
    [
      { extension: '1001', supervisor: true },
      { extension: '1004', supervisor: false },
      { extension: '1005', supervisor: false },
    ],
    [
      { extension: '2001', supervisor: false },
      { extension: '2002', supervisor: true },
      { extension: '888', supervisor: false },
    ],
  ],
};

describe('who may supervise whom', () => {
  it.each([
    {
      who: 'Benjamin may supervise Olivia of his own group',
      supervisor: '1001',
      target: '1004',
      reason: null,
    },
    { who: 'Emma may supervise Liam of her own group', supervisor: '2002', target: '888', reason: null },
    {
      who: 'Emma may not supervise Olivia of another group',
      supervisor: '2002',
      target: '1004',
      reason: 'not_authorised',
    },
    {
      who: 'Benjamin may not supervise Mia of another group',
      supervisor: '1001',
      target: '2001',
      reason: 'not_authorised',
    },
    {
      who: 'Noah is not marked and may not supervise Olivia',
      supervisor: '1005',
      target: '1004',
      reason: 'not_authorised',
    },
    {
      who: 'Olivia may not supervise the head of her group',
      supervisor: '1004',
      target: '1001',
      reason: 'not_authorised',
    },
    { who: 'Benjamin may not supervise himself', supervisor: '1001', target: '1001', reason: 'self' },
    {
      who: 'Benjamin is told that nobody has extension 1099',
      supervisor: '1001',
      target: '1099',
      reason: 'no_such_extension',
    },
    {
      who: 'an extension that was removed supervises nobody',
      supervisor: '1098',
      target: '1004',
      reason: 'not_authorised',
    },
  ])('$who', ({ supervisor, target, reason }) => {
    expect(whyNotPermitted(permissionsFrom(demo), supervisor, target, 'spy')).toBe(reason);
  });

  it.each(['1004', '1001', '1099', '2001'])(
    'nobody may supervise %s while supervision is switched off, and that is the reason told',
    (target) => {
      expect(whyNotPermitted(permissionsFrom({ ...demo, enabled: false }), '1001', target, 'spy')).toBe(
        'supervision_off',
      );
    },
  );
});
