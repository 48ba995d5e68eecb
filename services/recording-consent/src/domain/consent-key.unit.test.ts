import { aCall } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { withUnreadableCommit } from './call-state.ts';
import { inputsOf } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';
import {
  played,
  lastDecided,
  whatFollows,
  inbound,
  asked,
  throughMenu,
  three,
  lateThree,
  answered,
  talking,
} from './testing/asked-calls.ts';

describe('the key 3 of the caller', () => {
  it('let go after an agent answered puts right what was decided meanwhile', () => {
    const call = lateThree(asked.answeredBy('1004'));
    const told = (setting: 'opt_in' | 'opt_out') =>
      played(call, setting).decided.map(({ type, data }) => [type, 'reason' in data ? data.reason : null]);
    expect(told('opt_out')).toEqual([
      ['RecordingPolicyApplied', null],
      ['RecordingAllowed', null],
      ['ConsentChosen', null],
      ['RecordingWithdrawn', 'caller_opted_out'],
      ['RecordingForbidden', null],
    ]);
    expect(told('opt_in').map(([type]) => type)).toEqual([
      'RecordingPolicyApplied',
      'RecordingForbidden',
      'ConsentChosen',
      'RecordingAllowed',
    ]);
  });

  it.each([
    {
      when: 'while the consent greeting plays or later in the queue',
      call: three(asked),
      setting: 'opt_in',
      data: { choice: 'caller_opted_in', key: '3' },
    },
    {
      when: 'in the queue after a menu',
      call: three(throughMenu),
      setting: 'opt_out',
      data: { choice: 'caller_opted_out', key: '3' },
    },
    {
      when: 'when it went down before an agent answered and is let go after',
      call: lateThree(answered(asked.rings('1004')).windowCloses('connected')),
      setting: 'opt_in',
      data: { choice: 'caller_opted_in', key: '3' },
    },
    {
      when: 'while the agent is being rung',
      call: three(asked.rings('1004')),
      setting: 'opt_in',
      data: { choice: 'caller_opted_in', key: '3' },
    },
  ] as const)('counts $when', ({ call, setting, data }) => {
    expect(lastDecided(call, setting)).toMatchObject({
      type: 'ConsentChosen',
      actor: { kind: 'leg', legId: call.legOf('customer') },
      data,
    });
  });

  it.each([
    { when: 'a second time', call: three(three(asked)), reason: 'already_chosen' },
    {
      when: 'a second time after an agent answered',
      call: lateThree(three(asked).answeredBy('1004')),
      reason: 'already_chosen',
    },
    {
      when: 'once it is decided whether the call is recorded, in whatever order that was told',
      call: three(talking(talking(asked, 2).rings('1004'), 1)),
      reason: 'agent_answered',
    },
    {
      when: 'after its window closed',
      call: lateThree(asked.windowCloses('keys_not_heard')),
      reason: 'key_does_not_count',
    },
    {
      when: 'before the consent greeting begins',
      call: three(inbound.hearsPrompt('available')),
      reason: 'key_does_not_count',
    },
    {
      when: 'after an agent answered who is not connected yet',
      call: three(answered(asked.rings('1004'))),
      reason: 'agent_answered',
    },
    {
      when: 'after the menu, before the queue',
      call: three(aCall().inbound('sales').entersMenu('sales').chooses('1', 'group')),
      reason: 'key_does_not_count',
    },
    {
      when: 'in the menu',
      call: three(aCall().inbound('sales').entersMenu('sales')),
      reason: 'key_does_not_count',
    },
  ])('changes nothing $when, and the log says why', ({ call, reason }) => {
    expect(lastDecided(call, 'opt_in')).toMatchObject({ type: 'ConsentKeyIgnored', data: { reason } });
  });

  it.each(['always', 'never'] as const)('does not count on a line that is set to %s', (setting) => {
    expect(lastDecided(three(asked), setting)).toMatchObject({
      type: 'ConsentKeyIgnored',
      data: { reason: 'key_does_not_count' },
    });
  });

  it.each([
    { what: 'another key', call: asked.presses('customer', '4', 'consent'), because: 'key_without_meaning' },
    {
      what: 'a masked key',
      call: asked.presses('customer', null, 'consent'),
      because: 'key_without_meaning',
    },
    {
      what: 'a key of the agent',
      call: asked.rings('1004').presses('1004', '3', 'consent'),
      because: 'not_the_caller',
    },
    { what: 'a key after the call', call: three(asked.ends()), because: 'call_over' },
  ])('is not what $what is', ({ call, because }) => {
    expect(whatFollows(call, 'opt_in')).toBe(because);
  });

  it('is a menu choice in a menu, and no business of ours', () => {
    const chose = aCall().inbound('sales').entersMenu('sales').presses('customer', '3', 'menu');
    expect(played(chose, 'opt_out').outcomes).toHaveLength(1);
  });
});

describe('a recording decision', () => {
  const recorded = asked.answeredBy('1004');

  it.each([
    { when: 'the caller hangs up', call: recorded.leaves('customer'), reason: 'parties_parted' },
    { when: 'the agent hangs up', call: recorded.leaves('1004'), reason: 'parties_parted' },
    { when: 'the call ends', call: recorded.ends(), reason: 'call_ended' },
  ])('stands until $when', ({ call, reason }) => {
    expect(lastDecided(call, 'always')).toMatchObject({
      type: 'RecordingWithdrawn',
      data: { recordingId: `${call.callId}-r1`, reason },
    });
    expect(played(call, 'always').state.standing).toBeNull();
  });

  it.each([
    {
      when: 'somebody leaves who only rang',
      call: recorded.rings('1005').leaves('1005', 'answered_elsewhere'),
    },
    { when: 'a colleague joins', call: recorded.answeredBy('1005') },
    { when: 'one of two agents leaves', call: recorded.answeredBy('1005').leaves('1004') },
    {
      when: 'the call passes from one agent to the other',
      call: recorded.answeredBy('1005').converse({ customer: 'talking', 1005: 'talking' }),
    },
  ])('stands when $when', ({ call }) => {
    expect(whatFollows(call, 'always')).toBe('a_decision_stands');
    expect(played(call, 'always').decided.map(({ type }) => type)).toEqual([
      'RecordingPolicyApplied',
      'RecordingAllowed',
    ]);
  });

  it.each([
    { when: 'the customer is held', parts: { customer: 'held', 1004: 'talking' } },
    {
      when: 'the agent consults a colleague',
      parts: { customer: 'held', 1004: 'consulting', 1005: 'consulting' },
    },
    {
      when: 'two agents talk without the customer',
      parts: { customer: 'held', 1004: 'talking', 1005: 'talking' },
    },
  ] as const)(
    'is withdrawn while $when, and made anew by the same ground when customer and agent talk again',
    ({ parts }) => {
      const agreed = three(asked).answeredBy('1004').rings('1005');
      const apart = agreed.converse(parts);
      expect(lastDecided(apart, 'opt_in')).toMatchObject({
        type: 'RecordingWithdrawn',
        data: { recordingId: `${apart.callId}-r1`, reason: 'parties_parted' },
      });
      const again = apart.converse({ customer: 'talking', 1004: 'talking' });
      expect(lastDecided(again, 'opt_in')).toMatchObject({
        type: 'RecordingAllowed',
        data: { recordingId: `${apart.callId}-r2`, ground: 'caller_opted_in' },
      });
    },
  );

  it('that forbids is made once per conversation, too', () => {
    const held = recorded
      .answeredBy('1005')
      .converse({ customer: 'held', 1004: 'talking' })
      .converse({ customer: 'talking', 1004: 'talking' });
    expect(played(held, 'never').decided.filter(({ type }) => type === 'RecordingForbidden')).toHaveLength(2);
  });

  it('stays as it was made when the policy comes late', () => {
    const late = recorded
      .commit('recording-consent', {
        type: 'RecordingPolicyApplied',
        data: { setting: 'always', settingVersion: 7, greeting: null, keyCounts: false },
      })
      .converse({ customer: 'held', 1004: 'talking' })
      .converse({ customer: 'talking', 1004: 'talking' });
    expect(lastDecided(late, null)).toMatchObject({
      type: 'RecordingForbidden',
      data: { ground: 'line_never' },
    });
  });

  it('is not made a second time while it stands', () => {
    expect(whatFollows(recorded.answeredBy('1004'), 'always')).toBe('a_decision_stands');
  });

  it('is withdrawn once', () => {
    expect(whatFollows(recorded.leaves('customer').ends(), 'always')).toBe('no_decision_stands');
  });

  it('is withdrawn when a commit of the call cannot be read, and none is made any more', () => {
    const { state } = played(recorded, 'always');
    const unreadable = recordingConsentDecider.decide(state, {
      type: 'commit-unreadable',
    });
    // What it says happened at the switch after what is known, and nobody knows how soon.
    const lastKnown = recorded.events.at(-1)?.occurredAt;
    expect(unreadable).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'RecordingWithdrawn', occurredAt: lastKnown, data: { reason: 'log_unreadable' } }],
    });
    const withdrawn = recorded.commit('recording-consent', {
      type: 'RecordingWithdrawn',
      data: { recordingId: `${recorded.callId}-r1`, reason: 'log_unreadable' },
    });
    const again = withdrawn
      .converse({ customer: 'held', 1004: 'talking' })
      .converse({ customer: 'talking', 1004: 'talking' });
    expect(lastDecided(again, 'always')).toMatchObject({
      type: 'RecordingForbidden',
      data: { ground: 'log_unreadable' },
    });
  });

  it('is withdrawn at the next change at the latest when a commit cannot be read, although they talk on', () => {
    const state = withUnreadableCommit(played(recorded, 'always').state);
    const change = { type: 'conversation-changed', at: '2026-11-21T09:00:09.000Z' } as const;
    expect(recordingConsentDecider.decide(state, change)).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'RecordingWithdrawn', data: { reason: 'log_unreadable' } }],
    });
  });

  it('does not rest on a window that opened while they talked, also when nobody was told to have answered', () => {
    const events = recorded.events.filter(({ type }) => type !== 'LegAnswered');
    const talking = events.reduce(recordingConsentDecider.evolve, recordingConsentDecider.initialState());
    expect(talking.agentAnswered).toBe(true);
  });

  it('is a refusal when a commit could not be read before anybody talked', () => {
    const state = withUnreadableCommit(
      asked.answeredBy('1004').events.reduce(recordingConsentDecider.evolve, played(inbound, 'always').state),
    );
    expect(
      recordingConsentDecider.decide(state, { type: 'conversation-changed', at: '2026-11-21T09:00:09.000Z' }),
    ).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'RecordingForbidden', data: { ground: 'log_unreadable' } }],
    });
  });

  it('is made anew, under a new id, when the caller is connected again', () => {
    expect(lastDecided(recorded.leaves('1004').answeredBy('1005'), 'always')).toMatchObject({
      type: 'RecordingAllowed',
      data: { recordingId: `${recorded.callId}-r2` },
    });
  });

  it('is not made for parties that have parted before it could be', () => {
    const connected = recorded.events.at(-1);
    const { state } = played(asked, 'always');
    const later = recorded
      .leaves('customer')
      .events.slice(asked.events.length)
      .reduce(recordingConsentDecider.evolve, state);
    const [input] = connected ? inputsOf(connected, () => null) : [];
    expect(input && recordingConsentDecider.decide(later, input)).toEqual({
      outcome: 'ignored',
      because: 'no_decision_stands',
    });
  });
});
