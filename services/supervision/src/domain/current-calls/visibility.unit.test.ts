import { describe, expect, it } from 'vitest';
import { permissionsFrom } from '../testing/told-permissions.ts';
import { permitted } from '../testing/told-supervisions.ts';
import { maySee } from './visibility.ts';

const admin = { seesAll: true, extension: null };
const benjamin = { seesAll: false, extension: '1001' };
const permissions = permissionsFrom(permitted);

describe('which calls a viewer sees', () => {
  it.each([
    { who: 'Benjamin sees the call of Olivia of his group', viewer: benjamin, members: ['1004'], sees: true },
    {
      who: 'Benjamin sees a call in which Olivia and somebody of another group take part',
      viewer: benjamin,
      members: ['2002', '1004'],
      sees: true,
    },
    {
      who: 'Benjamin does not see a call of another group',
      viewer: benjamin,
      members: ['2002'],
      sees: false,
    },
    {
      who: 'Benjamin does not see his own call, for nobody supervises themselves',
      viewer: benjamin,
      members: ['1001'],
      sees: false,
    },
    {
      who: 'Benjamin does not see a caller whom no agent is on the phone with',
      viewer: benjamin,
      members: [],
      sees: false,
    },
    {
      who: 'Olivia, who is not marked, does not see the call of Noah',
      viewer: { seesAll: false, extension: '1004' },
      members: ['1005'],
      sees: false,
    },
    {
      who: 'somebody without an extension sees nothing',
      viewer: { seesAll: false, extension: null },
      members: ['1004'],
      sees: false,
    },
    {
      who: 'an administrator sees a caller whom no agent is on the phone with',
      viewer: admin,
      members: [],
      sees: true,
    },
  ])('$who', ({ viewer, members, sees }) => {
    expect(maySee(permissions, viewer, members)).toBe(sees);
  });

  it('while supervision is switched off, only an administrator sees any', () => {
    const off = permissionsFrom({ ...permitted, enabled: false });
    expect([maySee(off, benjamin, ['1004']), maySee(off, admin, ['1004'])]).toEqual([false, true]);
  });
});
