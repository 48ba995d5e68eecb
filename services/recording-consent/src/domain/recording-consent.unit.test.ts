import { aCall, play, type CallScript } from '@earshot/testkit/events';
import type { RecordingSetting } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
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
    expect(recordingConsentDecider.decide(state, { type: 'parties-connected', at: '2026-11-21T09:00:00.000Z' }))
      .toMatchObject({ outcome: 'accepted', events: [{ type: 'RecordingForbidden', data: { ground: 'line_never' } }] });
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
    { when: 'a second time after an agent answered', call: three(three(asked).answeredBy('1004')), reason: 'already_chosen' },
    { when: 'after an agent answered', call: three(asked.answeredBy('1004')), reason: 'agent_answered' },
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

  it('stands when somebody leaves who was not connected', () => {
    expect(whatFollows(recorded.rings('1005').leaves('1005', 'answered_elsewhere'), 'always')).toBe('parties_still_connected');
  });

  it('is not made a second time while it stands', () => {
    expect(whatFollows(recorded.answeredBy('1004'), 'always')).toBe('a_decision_stands');
  });

  it('is withdrawn once', () => {
    expect(whatFollows(recorded.leaves('customer').ends(), 'always')).toBe('no_decision_stands');
  });

  it('is made anew, under a new id, when the caller is connected again', () => {
    expect(lastDecided(recorded.leaves('1004').answeredBy('1005'), 'always')).toMatchObject({ type: 'RecordingAllowed', data: { recordingId: `${recorded.callId}-r2` } });
  });

  it('is not made for parties that have parted before it could be', () => {
    const connected = recorded.events.at(-1);
    const { state } = played(asked, 'always');
    const later = recorded.leaves('customer').events.slice(asked.events.length).reduce(recordingConsentDecider.evolve, state);
    const [input] = connected ? inputsOf(connected, () => null) : [];
    expect(input && recordingConsentDecider.decide(later, input)).toEqual({ outcome: 'ignored', because: 'parties_have_parted' });
  });
});
