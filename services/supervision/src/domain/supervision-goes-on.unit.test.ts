import { aCall, asRead } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { supervisionDecider } from './supervision.ts';
import { permissionsFrom } from './testing/told-permissions.ts';
import {
  support,
  permitted,
  played,
  told,
  pairsAfter,
  oliviaTalks,
  benjaminSpies,
} from './testing/told-supervisions.ts';
import { withdrawnNow } from './withdrawal.ts';

const later = '2026-11-21T10:00:00.000Z';
const rules = permissionsFrom(permitted).rules();

describe('a supervision ends', () => {
  it.each([
    {
      when: 'the supervisor hangs up',
      call: benjaminSpies.leaves('1001'),
      told: ['SupervisionEnded: supervisor_left', 'TopologyChanged'],
      pairs: ['l1 hears l2', 'l2 hears l1'],
    },
    {
      when: 'the agent hangs up',
      call: benjaminSpies.leaves('1004'),
      told: ['SupervisionEnded: agent_left', 'TopologyChanged'],
      pairs: [],
    },
    {
      when: 'the agent leaves the conversation',
      call: benjaminSpies.converse({ customer: 'talking' }),
      told: ['SupervisionEnded: agent_left', 'TopologyChanged'],
      pairs: [],
    },
    {
      when: 'the call ends',
      call: benjaminSpies.ends(),
      told: ['SupervisionEnded: call_ended', 'TopologyChanged'],
      pairs: [],
    },
  ])('when $when', ({ call, told: expected, pairs }) => {
    expect(told(call)).toEqual(expected);
    expect(pairsAfter(call)).toEqual(pairs);
  });

  it('only for the supervisor who leaves, while another goes on listening', () => {
    const both = benjaminSpies.dialsCode('1005', 'barge', '1004').leaves('1001');
    expect(told(both)).toEqual(['SupervisionEnded: supervisor_left', 'TopologyChanged']);
    expect(played(both).state.supervisions).toMatchObject([
      { supervisionId: `${both.callId}-v2`, mode: 'barge' },
    ]);
    expect(pairsAfter(both)?.some((pair) => pair.includes('l3'))).toBe(false);
  });

  it('for all supervisors in one commit when the agent leaves', () => {
    expect(told(benjaminSpies.dialsCode('1005', 'barge', '1004').leaves('1004'))).toEqual([
      'SupervisionEnded: agent_left',
      'SupervisionEnded: agent_left',
      'TopologyChanged',
    ]);
  });

  it.each([
    {
      change: 'the mark in the ring group is taken away',
      permissions: { ...permitted, groups: [support(false)] },
      reason: 'permission_withdrawn',
    },
    {
      change: 'the agent leaves the ring group',
      permissions: { ...permitted, groups: [[{ extension: '1001', supervisor: true }]] },
      reason: 'permission_withdrawn',
    },
    {
      change: 'the extension is removed',
      permissions: { ...permitted, extensions: ['1001'] },
      reason: 'permission_withdrawn',
    },
    {
      change: 'supervision is switched off',
      permissions: { ...permitted, enabled: false },
      reason: 'supervision_off',
    },
  ])('at once when $change', ({ permissions, reason }) => {
    const { state } = played(benjaminSpies);
    const at = '2026-11-21T10:00:00.000Z';
    const withdrawn = withdrawnNow(state, permissionsFrom(permissions), at);
    expect(
      supervisionDecider.decide(state, { type: 'settings-changed', at, rules, withdrawn }),
    ).toMatchObject({
      outcome: 'accepted',
      events: [
        { type: 'SupervisionEnded', occurredAt: at, data: { reason } },
        { type: 'TopologyChanged', data: { pairs: [{}, {}] } },
      ],
    });
  });

  it('not when the settings change for others', () => {
    const { state } = played(benjaminSpies);
    expect(
      withdrawnNow(
        state,
        permissionsFrom({ ...permitted, extensions: [...permitted.extensions, '1006'] }),
        later,
      ),
    ).toEqual([]);
  });

  it('once, when it is decided twice that the permission is withdrawn', () => {
    const over = played(benjaminSpies.leaves('1001')).state;
    const withdrawn = [
      { supervisionId: `${benjaminSpies.callId}-v1`, mode: 'spy', reason: 'permission_withdrawn' },
    ] as const;
    expect(
      supervisionDecider.decide(over, {
        type: 'settings-changed',
        at: '2026-11-21T10:00:00.000Z',
        rules,
        withdrawn,
      }),
    ).toEqual({ outcome: 'ignored', because: 'nobody_supervises' });
  });

  it('not while its request has not been read back from the log yet', () => {
    const started = played(benjaminSpies).decided.map((event, index) =>
      asRead(event, benjaminSpies.events[0] as never, 'supervision', index),
    );
    const state = started.reduce(supervisionDecider.evolve, supervisionDecider.initialState());
    const off = permissionsFrom({ ...permitted, enabled: false });
    expect(withdrawnNow(state, off, later)).toEqual([]);
    expect(withdrawnNow(played(benjaminSpies).state, off, later)).toEqual([
      { supervisionId: `${benjaminSpies.callId}-v1`, mode: 'spy', reason: 'supervision_off' },
    ]);
  });

  it('and leaves nothing to keep in memory once everybody has gone', () => {
    const gone = benjaminSpies.leaves('customer').leaves('1004').leaves('1001').ends();
    expect(supervisionDecider.isOver(played(benjaminSpies).state)).toBe(false);
    expect(supervisionDecider.isOver(played(gone).state)).toBe(true);
    const refused = aCall().dialsCode('1001', 'spy', '1004');
    expect(supervisionDecider.isOver(played(refused).state)).toBe(false);
    expect(supervisionDecider.isOver(played(refused.leaves('1001')).state)).toBe(true);
  });
});

describe('the conversation changes', () => {
  const three = benjaminSpies.answeredBy('1005');

  it('without a topology of ours while nobody supervises, because signaling brings the parties together by itself', () => {
    expect(told(oliviaTalks)).toBe('nobody_supervises');
    expect(told(benjaminSpies.leaves('1004').answeredBy('1005'))).toBe('nobody_supervises');
  });

  it('and every revision gets a topology of its own while somebody supervises, also when the pairs stay the same', () => {
    const same = benjaminSpies.converse({ customer: 'talking', 1004: 'talking' });
    expect(told(same)).toEqual(['TopologyChanged']);
    expect(played(same).decided.at(-1)).toMatchObject({
      data: { topologyId: `${same.callId}-t2`, revision: 2 },
    });
    expect(pairsAfter(same)?.toSorted()).toEqual(pairsAfter(benjaminSpies)?.toSorted());
  });

  it('and the supervisor hears who joins, and goes on when one of three leaves', () => {
    expect(pairsAfter(three)).toContain('l3 hears l4');
    const customerLeft = three.leaves('customer');
    expect(told(customerLeft)).toEqual(['TopologyChanged']);
    expect(pairsAfter(customerLeft)?.toSorted()).toEqual([
      'l2 hears l4',
      'l3 hears l2',
      'l3 hears l4',
      'l4 hears l2',
    ]);
    expect(played(three.leaves('1005')).state.supervisions).toHaveLength(1);
  });

  it('and only the supervision of the leg that leaves is over', () => {
    const both = three.dialsCode('1006', 'spy', '1005').leaves('1004');
    expect(
      told(both, {
        ...permitted,
        groups: [[...support(true), { extension: '1006', supervisor: true }]],
        extensions: [...permitted.extensions, '1006'],
      }),
    ).toEqual(['SupervisionEnded: agent_left', 'TopologyChanged']);
  });

  it('and an older revision that comes late changes nothing', () => {
    const changed = benjaminSpies.converse({ customer: 'held', 1004: 'talking' });
    const late = changed.commit('signaling', {
      type: 'ConversationChanged',
      data: { revision: 1, parties: [] },
    });
    expect(told(late)).toBe('topology_stands');
  });

  it.each([
    { parts: { customer: 'held', 1004: 'talking' }, what: 'the customer is held' },
    { parts: { customer: 'talking', 1004: 'held' }, what: 'the agent is held' },
    { parts: { customer: 'held', 1004: 'consulting' }, what: 'the agent consults' },
    { parts: { 1004: 'talking' }, what: 'the customer has just left' },
  ] as const)('and a mode key counts while $what', ({ parts }) => {
    const pressed = benjaminSpies.converse(parts).presses('1001', '2', 'supervision');
    expect(told(pressed)).toEqual(['SupervisionModeChanged: barge', 'TopologyChanged']);
    expect(played(pressed).log.at(-1)?.causation.id).toBe(pressed.events.at(-1)?.id);
  });

  it("and nobody is supervised through a leg that is not the target's", () => {
    const legId = `${oliviaTalks.callId}-l3`;
    const forged = oliviaTalks.commit(
      'signaling',
      {
        type: 'LegArrived',
        data: {
          legId,
          handle: 'h',
          party: 'supervisor',
          agent: { extension: '1001', exportId: 1001 },
          number: null,
        },
      },
      {
        type: 'SupervisionRequested',
        data: {
          legId,
          supervisor: { extension: '1001', exportId: 1001 },
          mode: 'whisper',
          target: '1004',
          supervisedLegId: oliviaTalks.legOf('customer'),
        },
      },
    );
    expect(told(forged)).toEqual(['SupervisionRefused: not_on_a_call']);
  });
});

it('while the log is read again, what the settings forbid waits until the conversation is known', () => {
  const { log } = played(benjaminSpies.converse({ customer: 'talking', 1004: 'talking' }));
  const without = log.filter((event) => event.type !== 'ConversationChanged' || event.data.revision === 1);
  const state = without.reduce(supervisionDecider.evolve, supervisionDecider.initialState());
  expect(withdrawnNow(state, permissionsFrom({ ...permitted, enabled: false }), later)).toEqual([]);
  const withdrawn = [
    { supervisionId: `${benjaminSpies.callId}-v1`, mode: 'spy', reason: 'supervision_off' },
  ] as const;
  expect(
    supervisionDecider.decide(state, {
      type: 'settings-changed',
      at: '2026-11-21T10:00:00.000Z',
      rules,
      withdrawn,
    }),
  ).toEqual({ outcome: 'ignored', because: 'behind_the_log' });
});

it('a log written by newer code is read: an unknown event leaves the state as it is', () => {
  const { state } = played(benjaminSpies);
  const [first] = oliviaTalks.events;
  const unknown = first && asRead({ ...first, type: 'SomethingNew' } as never, first, 'signaling', 0);
  expect(unknown && supervisionDecider.evolve(state, unknown)).toBe(state);
});
