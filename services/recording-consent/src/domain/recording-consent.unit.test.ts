import { aCall } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import { inputsOf } from './input.ts';
import { recordingConsentDecider } from './recording-consent.ts';
import {
  played,
  lastDecided,
  whatFollows,
  inbound,
  asked,
  throughMenu,
  outbound,
  three,
  answered,
} from './testing/asked-calls.ts';

describe('the setting of the line in force', () => {
  it.each([
    {
      setting: 'opt_in',
      call: inbound,
      greeting: 'opt_in',
      keyCounts: true,
      what: 'asks an inbound caller to opt in',
    },
    {
      setting: 'opt_out',
      call: inbound,
      greeting: 'opt_out',
      keyCounts: true,
      what: 'asks an inbound caller to opt out',
    },
    {
      setting: 'always',
      call: inbound,
      greeting: null,
      keyCounts: false,
      what: 'asks nothing when recording always',
    },
    {
      setting: 'never',
      call: inbound,
      greeting: null,
      keyCounts: false,
      what: 'asks nothing when recording never',
    },
    {
      setting: 'opt_in',
      call: outbound,
      greeting: null,
      keyCounts: false,
      what: 'asks nobody on an outbound call',
    },
    {
      setting: 'opt_out',
      call: outbound,
      greeting: null,
      keyCounts: false,
      what: 'asks nobody on an outbound call',
    },
    {
      setting: 'opt_in',
      call: aCall().inbound('web-widget'),
      greeting: null,
      keyCounts: false,
      what: 'asks nobody on a digital line, should it stand there',
    },
  ] as const)('$setting $what', ({ setting, call, greeting, keyCounts }) => {
    expect(lastDecided(call, setting)).toMatchObject({
      type: 'RecordingPolicyApplied',
      data: { setting, settingVersion: 7, greeting, keyCounts },
    });
  });

  it('counts as never when none is set', () => {
    expect(lastDecided(inbound, null)).toMatchObject({
      data: { setting: 'never', settingVersion: null, greeting: null, keyCounts: false },
    });
  });

  it('is not applied to a call without a line', () => {
    expect(whatFollows(aCall().internal('1004', '1005'), 'always')).toBe('no_line');
  });

  it('holds for the whole call, whatever is set meanwhile', () => {
    const { state } = played(inbound, 'never');
    const [started] = inbound.events;
    const [input] = started ? inputsOf(started, () => ({ setting: 'always', version: 8 })) : [];
    expect(input && recordingConsentDecider.decide(state, input)).toEqual({
      outcome: 'ignored',
      because: 'already_applied',
    });
  });
});

describe('the table of settings', () => {
  it.each([
    {
      row: 'always: an inbound call is recorded',
      setting: 'always',
      call: asked,
      type: 'RecordingAllowed',
      ground: 'line_always',
    },
    {
      row: 'always: an outbound call is recorded',
      setting: 'always',
      call: outbound,
      type: 'RecordingAllowed',
      ground: 'line_always',
    },
    {
      row: 'always: key 3 has no effect',
      setting: 'always',
      call: three(asked),
      type: 'RecordingAllowed',
      ground: 'line_always',
    },
    {
      row: 'opt-in: an inbound call is not recorded until the caller presses 3',
      setting: 'opt_in',
      call: asked,
      type: 'RecordingForbidden',
      ground: 'caller_did_not_opt_in',
    },
    {
      row: 'opt-in: key 3 starts recording',
      setting: 'opt_in',
      call: three(asked),
      type: 'RecordingAllowed',
      ground: 'caller_opted_in',
    },
    {
      row: 'opt-in: an outbound call is not recorded',
      setting: 'opt_in',
      call: outbound,
      type: 'RecordingForbidden',
      ground: 'outbound_opt_in',
    },
    {
      row: 'opt-out: an inbound call is recorded unless the caller presses 3',
      setting: 'opt_out',
      call: asked,
      type: 'RecordingAllowed',
      ground: 'caller_did_not_opt_out',
    },
    {
      row: 'opt-out: key 3 stops recording',
      setting: 'opt_out',
      call: three(asked),
      type: 'RecordingForbidden',
      ground: 'caller_opted_out',
    },
    {
      row: 'opt-out: an outbound call is recorded',
      setting: 'opt_out',
      call: outbound,
      type: 'RecordingAllowed',
      ground: 'outbound_opt_out',
    },
    {
      row: 'opt-out: a caller who came through a menu has heard it there',
      setting: 'opt_out',
      call: throughMenu,
      type: 'RecordingAllowed',
      ground: 'caller_did_not_opt_out',
    },
    {
      row: 'opt-out: a caller who was put through unasked is not recorded',
      setting: 'opt_out',
      call: inbound,
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: 'opt-out: a greeting that never began asked nobody',
      setting: 'opt_out',
      call: inbound.hearsPrompt('consent', { begun: false }),
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: 'opt-out: a greeting whose audio failed asked nobody',
      setting: 'opt_out',
      call: inbound.hearsPrompt('consent', { outcome: 'failed' }),
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: 'opt-out: a greeting that was heard at the second try asked',
      setting: 'opt_out',
      call: inbound.hearsPrompt('consent', { outcome: 'failed' }).hearsPrompt('consent'),
      type: 'RecordingAllowed',
      ground: 'caller_did_not_opt_out',
    },
    {
      row: 'opt-out: silence says nothing while keys could not be heard',
      setting: 'opt_out',
      call: asked.windowCloses('keys_not_heard'),
      type: 'RecordingForbidden',
      ground: 'keys_were_not_heard',
    },
    {
      row: 'opt-out: nor does it when keys are heard again',
      setting: 'opt_out',
      call: asked.windowCloses('keys_not_heard').hearsPrompt('consent'),
      type: 'RecordingForbidden',
      ground: 'keys_were_not_heard',
    },
    {
      row: 'opt-in: a 3 that was heard counts, whatever was not heard before',
      setting: 'opt_in',
      call: three(asked.windowCloses('keys_not_heard').hearsPrompt('consent')),
      type: 'RecordingAllowed',
      ground: 'caller_opted_in',
    },
    {
      row: 'opt-out: a caller who came through a menu while the policy was late, so that no window opened, is not recorded: what was pressed is not known',
      setting: 'opt_out',
      call: aCall()
        .inbound('sales')
        .entersMenu('sales')
        .chooses('1', 'group')
        .presses('customer', null, null),
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: "opt-out: a greeting that the caller's key cut short asked all the same",
      setting: 'opt_out',
      call: inbound.hearsPrompt('consent', { outcome: 'cut_short' }),
      type: 'RecordingAllowed',
      ground: 'caller_did_not_opt_out',
    },
    {
      row: 'opt-out: the greeting about agents is not the question',
      setting: 'opt_out',
      call: inbound.hearsPrompt('available'),
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: 'opt-out: on a digital line nobody is asked, so it is not recorded',
      setting: 'opt_out',
      call: aCall().inbound('web-widget'),
      type: 'RecordingForbidden',
      ground: 'caller_was_not_asked',
    },
    {
      row: 'never: an inbound call is not recorded',
      setting: 'never',
      call: asked,
      type: 'RecordingForbidden',
      ground: 'line_never',
    },
    {
      row: 'never: an outbound call is not recorded',
      setting: 'never',
      call: outbound,
      type: 'RecordingForbidden',
      ground: 'line_never',
    },
    {
      row: 'never: key 3 has no effect',
      setting: 'never',
      call: three(asked),
      type: 'RecordingForbidden',
      ground: 'line_never',
    },
    {
      row: 'nothing set: a call is not recorded',
      setting: null,
      call: asked,
      type: 'RecordingForbidden',
      ground: 'line_never',
    },
    {
      row: 'an internal call is not recorded',
      setting: 'always',
      call: aCall().internal('1005', '1001'),
      type: 'RecordingForbidden',
      ground: 'no_line',
    },
  ] as const)('$row', ({ setting, call, type, ground }) => {
    const connected = call.answeredBy(call === outbound ? 'customer' : '1004');
    expect(lastDecided(connected, setting)).toMatchObject({ type, data: { ground } });
  });

  it('forbids what no setting was applied to', () => {
    const state = asked
      .answeredBy('1004')
      .events.reduce(recordingConsentDecider.evolve, recordingConsentDecider.initialState());
    expect(
      recordingConsentDecider.decide(state, { type: 'conversation-changed', at: '2026-11-21T09:00:00.000Z' }),
    ).toMatchObject({
      outcome: 'accepted',
      events: [{ type: 'RecordingForbidden', data: { ground: 'line_never' } }],
    });
  });

  it.each([
    { what: 'an opt-out line', setting: 'opt_out', windowId: 'w1' },
    { what: 'an opt-in line', setting: 'opt_in', windowId: 'w1' },
    { what: 'a line that records always, which does not rest on silence', setting: 'always', windowId: null },
  ] as const)('names the window in which the caller kept silent: $what', ({ setting, windowId }) => {
    expect(lastDecided(asked.answeredBy('1004'), setting)).toMatchObject({
      data: { windowId: windowId && `${asked.callId}-${windowId}` },
    });
  });

  it('takes no window for the question that opened after an agent had answered', () => {
    const late = answered(inbound.rings('1004')).hearsPrompt('consent').answeredBy('1004');
    expect(lastDecided(late, 'opt_out')).toMatchObject({
      type: 'RecordingForbidden',
      data: { ground: 'caller_was_not_asked', windowId: null },
    });
  });

  it('decides nothing while the caller waits in the queue', () => {
    expect(played(asked.rings('1004'), 'always').decided.map(({ type }) => type)).toEqual([
      'RecordingPolicyApplied',
    ]);
  });
});
