import { aCall, play, type CallScript } from '@earshot/testkit/events';
import type { RecordingSetting } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
import { withUnreadableCommit } from './call-state.ts';
import { inputsOf } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';

const played = (call: CallScript, setting: RecordingSetting | null) =>
  play(recordingConsentDecider, 'recording-consent', (event) => inputsOf(event, () => setting && { setting, version: 7 }), call.events);
const lastDecided = (call: CallScript, setting: RecordingSetting | null) => played(call, setting).decided.at(-1);
const whatFollows = (call: CallScript, setting: RecordingSetting | null) => {
  const last = played(call, setting).outcomes.at(-1);
  return last?.ignored ?? last?.decided.map(({ type }) => type);
};

const inbound = aCall().inbound('support');
const asked = inbound.hearsPrompt('available').hearsPrompt('consent').queued();
const throughMenu = aCall().inbound('sales').entersMenu('sales').chooses('1', 'group').queued('sales');
const outbound = aCall().outbound('support', '1004');
const three = (call: CallScript) => call.presses('customer', '3', 'consent');
/** A key that is told after its window closed: signaling had not seen yet that an agent answered. */
const lateThree = (call: CallScript) =>
  call.commit('signaling', { type: 'KeyPressed', data: { legId: call.legOf('customer'), key: '3', awaitedBy: 'consent', windowId: `${call.callId}-w1` } });
const answered = (call: CallScript) => call.commit('signaling', { type: 'LegAnswered', data: { legId: call.legOf('1004') } });

describe('the setting of the line in force', () => {
  it.each([
    { setting: 'opt_in', call: inbound, greeting: 'opt_in', keyCounts: true, what: 'asks an inbound caller to opt in' },
    { setting: 'opt_out', call: inbound, greeting: 'opt_out', keyCounts: true, what: 'asks an inbound caller to opt out' },
    { setting: 'always', call: inbound, greeting: null, keyCounts: false, what: 'asks nothing when recording always' },
    { setting: 'never', call: inbound, greeting: null, keyCounts: false, what: 'asks nothing when recording never' },
    { setting: 'opt_in', call: outbound, greeting: null, keyCounts: false, what: 'asks nobody on an outbound call' },
    { setting: 'opt_out', call: outbound, greeting: null, keyCounts: false, what: 'asks nobody on an outbound call' },
    { setting: 'opt_in', call: aCall().inbound('web-widget'), greeting: null, keyCounts: false, what: 'asks nobody on a digital line, should it stand there' },
  ] as const)('$setting $what', ({ setting, call, greeting, keyCounts }) => {
    expect(lastDecided(call, setting)).toMatchObject({ type: 'RecordingPolicyApplied', data: { setting, settingVersion: 7, greeting, keyCounts } });
  });

  it('counts as never when none is set', () => {
    expect(lastDecided(inbound, null)).toMatchObject({ data: { setting: 'never', settingVersion: null, greeting: null, keyCounts: false } });
  });

  it('is not applied to a call without a line', () => {
    expect(whatFollows(aCall().internal('1004', '1005'), 'always')).toBe('no_line');
  });

  it('holds for the whole call, whatever is set meanwhile', () => {
    const { state } = played(inbound, 'never');
    const [started] = inbound.events;
    const [input] = started ? inputsOf(started, () => ({ setting: 'always', version: 8 })) : [];
    expect(input && recordingConsentDecider.decide(state, input)).toEqual({ outcome: 'ignored', because: 'already_applied' });
  });
});

describe('the table of settings', () => {
  it.each([
    { row: 'always: an inbound call is recorded', setting: 'always', call: asked, type: 'RecordingAllowed', ground: 'line_always' },
    { row: 'always: an outbound call is recorded', setting: 'always', call: outbound, type: 'RecordingAllowed', ground: 'line_always' },
    { row: 'always: key 3 has no effect', setting: 'always', call: three(asked), type: 'RecordingAllowed', ground: 'line_always' },
    { row: 'opt-in: an inbound call is not recorded until the caller presses 3', setting: 'opt_in', call: asked, type: 'RecordingForbidden', ground: 'caller_did_not_opt_in' },
    { row: 'opt-in: key 3 starts recording', setting: 'opt_in', call: three(asked), type: 'RecordingAllowed', ground: 'caller_opted_in' },
    { row: 'opt-in: an outbound call is not recorded', setting: 'opt_in', call: outbound, type: 'RecordingForbidden', ground: 'outbound_opt_in' },
    { row: 'opt-out: an inbound call is recorded unless the caller presses 3', setting: 'opt_out', call: asked, type: 'RecordingAllowed', ground: 'caller_did_not_opt_out' },
    { row: 'opt-out: key 3 stops recording', setting: 'opt_out', call: three(asked), type: 'RecordingForbidden', ground: 'caller_opted_out' },
    { row: 'opt-out: an outbound call is recorded', setting: 'opt_out', call: outbound, type: 'RecordingAllowed', ground: 'outbound_opt_out' },
    { row: 'opt-out: a caller who came through a menu has heard it there', setting: 'opt_out', call: throughMenu, type: 'RecordingAllowed', ground: 'caller_did_not_opt_out' },
    { row: 'opt-out: a caller who was put through unasked is not recorded', setting: 'opt_out', call: inbound, type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'opt-out: a greeting that never began asked nobody', setting: 'opt_out', call: inbound.hearsPrompt('consent', { begun: false }), type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'opt-out: a greeting whose audio failed asked nobody', setting: 'opt_out', call: inbound.hearsPrompt('consent', { outcome: 'failed' }), type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'opt-out: a greeting that was heard at the second try asked', setting: 'opt_out', call: inbound.hearsPrompt('consent', { outcome: 'failed' }).hearsPrompt('consent'), type: 'RecordingAllowed', ground: 'caller_did_not_opt_out' },
    { row: 'opt-out: silence says nothing while keys could not be heard', setting: 'opt_out', call: asked.windowCloses('keys_not_heard'), type: 'RecordingForbidden', ground: 'keys_were_not_heard' },
    { row: 'opt-out: nor does it when keys are heard again', setting: 'opt_out', call: asked.windowCloses('keys_not_heard').hearsPrompt('consent'), type: 'RecordingForbidden', ground: 'keys_were_not_heard' },
    { row: 'opt-in: a 3 that was heard counts, whatever was not heard before', setting: 'opt_in', call: three(asked.windowCloses('keys_not_heard').hearsPrompt('consent')), type: 'RecordingAllowed', ground: 'caller_opted_in' },
    { row: 'opt-out: a caller who came through a menu while the policy was late, so that no window opened, is not recorded: what was pressed is not known', setting: 'opt_out', call: aCall().inbound('sales').entersMenu('sales').chooses('1', 'group').presses('customer', null, null), type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'opt-out: a greeting that the caller\'s key cut short asked all the same', setting: 'opt_out', call: inbound.hearsPrompt('consent', { outcome: 'cut_short' }), type: 'RecordingAllowed', ground: 'caller_did_not_opt_out' },
    { row: 'opt-out: the greeting about agents is not the question', setting: 'opt_out', call: inbound.hearsPrompt('available'), type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'opt-out: on a digital line nobody is asked, so it is not recorded', setting: 'opt_out', call: aCall().inbound('web-widget'), type: 'RecordingForbidden', ground: 'caller_was_not_asked' },
    { row: 'never: an inbound call is not recorded', setting: 'never', call: asked, type: 'RecordingForbidden', ground: 'line_never' },
    { row: 'never: an outbound call is not recorded', setting: 'never', call: outbound, type: 'RecordingForbidden', ground: 'line_never' },
    { row: 'never: key 3 has no effect', setting: 'never', call: three(asked), type: 'RecordingForbidden', ground: 'line_never' },
    { row: 'nothing set: a call is not recorded', setting: null, call: asked, type: 'RecordingForbidden', ground: 'line_never' },
    { row: 'an internal call is not recorded', setting: 'always', call: aCall().internal('1005', '1001'), type: 'RecordingForbidden', ground: 'no_line' },
  ] as const)('$row', ({ setting, call, type, ground }) => {
    const connected = call.answeredBy(call === outbound ? 'customer' : '1004');
    expect(lastDecided(connected, setting)).toMatchObject({ type, data: { ground } });
  });

  it('forbids what no setting was applied to', () => {
    const state = asked.answeredBy('1004').events.reduce(recordingConsentDecider.evolve, recordingConsentDecider.initialState());
    expect(recordingConsentDecider.decide(state, { type: 'conversation-changed', at: '2026-11-21T09:00:00.000Z' }))
      .toMatchObject({ outcome: 'accepted', events: [{ type: 'RecordingForbidden', data: { ground: 'line_never' } }] });
  });

  it.each([
    { what: 'an opt-out line', setting: 'opt_out', windowId: 'w1' },
    { what: 'an opt-in line', setting: 'opt_in', windowId: 'w1' },
    { what: 'a line that records always, which does not rest on silence', setting: 'always', windowId: null },
  ] as const)('names the window in which the caller kept silent: $what', ({ setting, windowId }) => {
    expect(lastDecided(asked.answeredBy('1004'), setting)).toMatchObject({ data: { windowId: windowId && `${asked.callId}-${windowId}` } });
  });

  it('takes no window for the question that opened after an agent had answered', () => {
    const late = answered(inbound.rings('1004')).hearsPrompt('consent').answeredBy('1004');
    expect(lastDecided(late, 'opt_out')).toMatchObject({ type: 'RecordingForbidden', data: { ground: 'caller_was_not_asked', windowId: null } });
  });

  it('decides nothing while the caller waits in the queue', () => {
    expect(played(asked.rings('1004'), 'always').decided.map(({ type }) => type)).toEqual(['RecordingPolicyApplied']);
  });
});

describe('the key 3 of the caller', () => {
  it.each([
    { when: 'while the consent greeting plays or later in the queue', call: three(asked), setting: 'opt_in', data: { choice: 'caller_opted_in', key: '3' } },
    { when: 'in the queue after a menu', call: three(throughMenu), setting: 'opt_out', data: { choice: 'caller_opted_out', key: '3' } },
    { when: 'while the agent is being rung', call: three(asked.rings('1004')), setting: 'opt_in', data: { choice: 'caller_opted_in', key: '3' } },
  ] as const)('counts $when', ({ call, setting, data }) => {
    expect(lastDecided(call, setting)).toMatchObject({ type: 'ConsentChosen', actor: { kind: 'leg', legId: call.legOf('customer') }, data });
  });

  it.each([
    { when: 'a second time', call: three(three(asked)), reason: 'already_chosen' },
    { when: 'a second time after an agent answered', call: lateThree(three(asked).answeredBy('1004')), reason: 'already_chosen' },
    { when: 'after an agent answered', call: lateThree(asked.answeredBy('1004')), reason: 'agent_answered' },
    { when: 'after its window closed', call: lateThree(asked.windowCloses('keys_not_heard')), reason: 'key_does_not_count' },
    { when: 'before the consent greeting begins', call: three(inbound.hearsPrompt('available')), reason: 'key_does_not_count' },
    { when: 'after an agent answered who is not connected yet', call: three(answered(asked.rings('1004'))), reason: 'agent_answered' },
    { when: 'after the menu, before the queue', call: three(aCall().inbound('sales').entersMenu('sales').chooses('1', 'group')), reason: 'key_does_not_count' },
    { when: 'in the menu', call: three(aCall().inbound('sales').entersMenu('sales')), reason: 'key_does_not_count' },
  ])('changes nothing $when, and the log says why', ({ call, reason }) => {
    expect(lastDecided(call, 'opt_in')).toMatchObject({ type: 'ConsentKeyIgnored', data: { reason } });
  });

  it.each(['always', 'never'] as const)('does not count on a line that is set to %s', (setting) => {
    expect(lastDecided(three(asked), setting)).toMatchObject({ type: 'ConsentKeyIgnored', data: { reason: 'key_does_not_count' } });
  });

  it.each([
    { what: 'another key', call: asked.presses('customer', '4', 'consent'), because: 'key_without_meaning' },
    { what: 'a masked key', call: asked.presses('customer', null, 'consent'), because: 'key_without_meaning' },
    { what: 'a key of the agent', call: asked.rings('1004').presses('1004', '3', 'consent'), because: 'not_the_caller' },
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
    expect(lastDecided(call, 'always')).toMatchObject({ type: 'RecordingWithdrawn', data: { recordingId: `${call.callId}-r1`, reason } });
    expect(played(call, 'always').state.standing).toBeNull();
  });

  it.each([
    { when: 'somebody leaves who only rang', call: recorded.rings('1005').leaves('1005', 'answered_elsewhere') },
    { when: 'a colleague joins', call: recorded.answeredBy('1005') },
    { when: 'one of two agents leaves', call: recorded.answeredBy('1005').leaves('1004') },
    { when: 'the call passes from one agent to the other', call: recorded.answeredBy('1005').converse({ customer: 'talking', 1005: 'talking' }) },
  ])('stands when $when', ({ call }) => {
    expect(whatFollows(call, 'always')).toBe('a_decision_stands');
    expect(played(call, 'always').decided.map(({ type }) => type)).toEqual(['RecordingPolicyApplied', 'RecordingAllowed']);
  });

  it.each([
    { when: 'the customer is held', parts: { customer: 'held', 1004: 'talking' } },
    { when: 'the agent consults a colleague', parts: { customer: 'held', 1004: 'consulting', 1005: 'consulting' } },
    { when: 'two agents talk without the customer', parts: { customer: 'held', 1004: 'talking', 1005: 'talking' } },
  ] as const)('is withdrawn while $when, and made anew by the same ground when customer and agent talk again', ({ parts }) => {
    const agreed = three(asked).answeredBy('1004').rings('1005');
    const apart = agreed.converse(parts);
    expect(lastDecided(apart, 'opt_in')).toMatchObject({ type: 'RecordingWithdrawn', data: { recordingId: `${apart.callId}-r1`, reason: 'parties_parted' } });
    const again = apart.converse({ customer: 'talking', 1004: 'talking' });
    expect(lastDecided(again, 'opt_in')).toMatchObject({ type: 'RecordingAllowed', data: { recordingId: `${apart.callId}-r2`, ground: 'caller_opted_in' } });
  });

  it('that forbids is made once per conversation, too', () => {
    const held = recorded.answeredBy('1005').converse({ customer: 'held', 1004: 'talking' }).converse({ customer: 'talking', 1004: 'talking' });
    expect(played(held, 'never').decided.filter(({ type }) => type === 'RecordingForbidden')).toHaveLength(2);
  });

  it('stays as it was made when the policy comes late', () => {
    const late = recorded.commit('recording-consent', { type: 'RecordingPolicyApplied', data: { setting: 'always', settingVersion: 7, greeting: null, keyCounts: false } })
      .converse({ customer: 'held', 1004: 'talking' }).converse({ customer: 'talking', 1004: 'talking' });
    expect(lastDecided(late, null)).toMatchObject({ type: 'RecordingForbidden', data: { ground: 'line_never' } });
  });

  it('is not made a second time while it stands', () => {
    expect(whatFollows(recorded.answeredBy('1004'), 'always')).toBe('a_decision_stands');
  });

  it('is withdrawn once', () => {
    expect(whatFollows(recorded.leaves('customer').ends(), 'always')).toBe('no_decision_stands');
  });

  it('is withdrawn when a commit of the call cannot be read, and none is made any more', () => {
    const { state } = played(recorded, 'always');
    const unreadable = recordingConsentDecider.decide(state, { type: 'commit-unreadable', at: '2026-11-21T09:00:09.000Z' });
    expect(unreadable).toMatchObject({ outcome: 'accepted', events: [{ type: 'RecordingWithdrawn', data: { reason: 'log_unreadable' } }] });
    const withdrawn = recorded.commit('recording-consent', { type: 'RecordingWithdrawn', data: { recordingId: `${recorded.callId}-r1`, reason: 'log_unreadable' } });
    const again = withdrawn.converse({ customer: 'held', 1004: 'talking' }).converse({ customer: 'talking', 1004: 'talking' });
    expect(lastDecided(again, 'always')).toMatchObject({ type: 'RecordingForbidden', data: { ground: 'log_unreadable' } });
  });

  it('is a refusal when a commit could not be read before anybody talked', () => {
    const state = withUnreadableCommit(asked.answeredBy('1004').events.reduce(recordingConsentDecider.evolve, played(inbound, 'always').state));
    expect(recordingConsentDecider.decide(state, { type: 'conversation-changed', at: '2026-11-21T09:00:09.000Z' }))
      .toMatchObject({ outcome: 'accepted', events: [{ type: 'RecordingForbidden', data: { ground: 'log_unreadable' } }] });
  });

  it('is made anew, under a new id, when the caller is connected again', () => {
    expect(lastDecided(recorded.leaves('1004').answeredBy('1005'), 'always')).toMatchObject({ type: 'RecordingAllowed', data: { recordingId: `${recorded.callId}-r2` } });
  });

  it('is not made for parties that have parted before it could be', () => {
    const connected = recorded.events.at(-1);
    const { state } = played(asked, 'always');
    const later = recorded.leaves('customer').events.slice(asked.events.length).reduce(recordingConsentDecider.evolve, state);
    const [input] = connected ? inputsOf(connected, () => null) : [];
    expect(input && recordingConsentDecider.decide(later, input)).toEqual({ outcome: 'ignored', because: 'no_decision_stands' });
  });
});
