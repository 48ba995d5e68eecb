import { describe, expect, it } from 'vitest';
import { whyNotPermitted } from './permission.ts';
import { lastWishOf } from './call-state.ts';
import { supervisionDecider } from './supervision.ts';
import { permissionsFrom, type ToldSettings } from './testing/told-permissions.ts';
import {
  benjaminSpies,
  oliviaTalks,
  pairsAfter,
  permitted,
  played,
  told,
} from './testing/told-supervisions.ts';
import { withdrawnNow } from './withdrawal.ts';

type Member = ToldSettings['groups'][number][number];

const groupOf = (benjamin: Partial<Member>, olivia: Partial<Member> = {}): Member[] => [
  { extension: '1001', supervisor: true, ...benjamin },
  { extension: '1004', supervisor: false, ...olivia },
];
const settings = (...groups: ToldSettings['groups']): ToldSettings => ({ ...permitted, groups });
const why = (told: ToldSettings, mode: 'spy' | 'whisper' | 'barge') =>
  whyNotPermitted(permissionsFrom(told), '1001', '1004', mode);
const inTraining = settings(groupOf({ modes: ['spy'] }));
const unsupervisable = settings(groupOf({}, { supervisable: false }));

describe('the modes that a supervisor may use', () => {
  it('are all, unless the group names some', () => {
    for (const mode of ['spy', 'whisper', 'barge'] as const)
      expect([why(settings(groupOf({})), mode), why(inTraining, mode)]).toEqual([
        null,
        mode === 'spy' ? null : 'mode_not_permitted',
      ]);
  });

  it('need not hold the spying one', () => {
    const bargesOnly = settings(groupOf({ modes: ['barge'] }));
    expect([why(bargesOnly, 'spy'), why(bargesOnly, 'barge')]).toEqual(['mode_not_permitted', null]);
  });

  it('are those of all groups that the two share', () => {
    const both = settings(groupOf({ modes: ['spy'] }), groupOf({ modes: ['whisper'] }));
    expect([why(both, 'spy'), why(both, 'whisper'), why(both, 'barge')]).toEqual([
      null,
      null,
      'mode_not_permitted',
    ]);
  });

  it('are nothing without the mark', () => {
    expect(why(settings(groupOf({ supervisor: false, modes: ['spy'] })), 'spy')).toBe('not_authorised');
  });

  it('are asked for by the code that is dialled', () => {
    expect(told(oliviaTalks.dialsCode('1001', 'barge', '1004'), inTraining)).toEqual([
      'SupervisionRefused: mode_not_permitted',
    ]);
    expect(told(benjaminSpies, inTraining)).toEqual(['SupervisionStarted: spy', 'TopologyChanged']);
  });

  it('leave a key for another one without effect, and the log says so', () => {
    const pressed = benjaminSpies.presses('1001', '2', 'supervision');
    expect(played(pressed, inTraining).decided.at(-1)).toMatchObject({
      type: 'SupervisionModeRefused',
      data: { supervisionId: `${pressed.callId}-v1`, mode: 'barge', reason: 'mode_not_permitted' },
    });
    const { state } = played(pressed, inTraining);
    const { supervisions, topology } = played(benjaminSpies, inTraining).state;
    expect(state).toMatchObject({ supervisions, topology });
    const { key, settled } = lastWishOf(state, benjaminSpies.legOf('1001'));
    expect(settled).toBe(key);
  });

  it('leave also a key for less without effect, where spying is not among them', () => {
    const call = oliviaTalks.dialsCode('1001', 'barge', '1004').presses('1001', '0', 'supervision');
    expect(told(call, settings(groupOf({ modes: ['barge', 'whisper'] })))).toEqual([
      'SupervisionModeRefused: mode_not_permitted',
    ]);
    expect(pairsAfter(call)).not.toContain('l1 hears l3');
  });
});

describe('a member who may not be supervised', () => {
  it('is supervised by nobody of that group, and that is the reason told', () => {
    expect(why(unsupervisable, 'spy')).toBe('not_supervisable');
    expect(told(benjaminSpies, unsupervisable)).toEqual(['SupervisionRefused: not_supervisable']);
  });

  it('may be supervised through another group, in the modes of that one', () => {
    const other = settings(groupOf({}, { supervisable: false }), groupOf({ modes: ['whisper'] }));
    expect([why(other, 'whisper'), why(other, 'barge')]).toEqual([null, 'mode_not_permitted']);
  });

  it('is one although the group names them twice', () => {
    const twice = settings([
      ...groupOf({}, { supervisable: false }),
      { extension: '1004', supervisor: false },
    ]);
    expect(why(twice, 'spy')).toBe('not_supervisable');
  });
});

describe('a supervision that goes on', () => {
  const { state } = played(benjaminSpies.presses('1001', '1', 'supervision'));
  const at = '2026-11-21T10:00:00.000Z';
  const after = (now: ToldSettings, was = state) => {
    const permissions = permissionsFrom(now);
    const withdrawn = withdrawnNow(was, permissions, at);
    return supervisionDecider.decide(state, {
      type: 'settings-changed',
      at,
      rules: permissions.rules(),
      withdrawn,
    });
  };
  const ended = {
    outcome: 'accepted',
    events: [
      { type: 'SupervisionEnded', data: { reason: 'permission_withdrawn' } },
      { type: 'TopologyChanged', data: { pairs: [{}, {}] } },
    ],
  };

  it('ends when its mode is taken away, and when the agent may no longer be supervised', () => {
    expect(after(inTraining)).toMatchObject(ended);
    expect(after(unsupervisable)).toMatchObject(ended);
  });

  it('goes on when another mode than its own is taken away', () => {
    const whispersOnly = permissionsFrom(settings(groupOf({ modes: ['whisper'] })));
    expect(withdrawnNow(state, whispersOnly, at)).toEqual([]);
  });

  it('goes on in the mode to which the supervisor changed before the decision', () => {
    const spied = played(benjaminSpies).state;
    const whispersOnly = settings(groupOf({ modes: ['whisper'] }));
    expect(withdrawnNow(spied, permissionsFrom(whispersOnly), at)).toHaveLength(1);
    expect(after(whispersOnly, spied)).toEqual({ outcome: 'ignored', because: 'topology_stands' });
  });
});
