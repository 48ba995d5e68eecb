import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';
import type { CallState } from './call-state.ts';
import { projectCall, updatedAtAfter } from './project-call.ts';
import { callRowOf, legRowOf } from './rows.ts';
import { wireCallOf } from './wire-call.ts';
import { wireLegOf } from './wire-leg.ts';

const eventsBySequence = (events: readonly CallEvent[]): readonly (readonly CallEvent[])[] => [
  ...Map.groupBy(events, (event) => event.sequence).values(),
];

const project = (script: CallScript): CallState => {
  let call: CallState | undefined;
  let watermark = '';
  for (const events of eventsBySequence(script.events)) {
    const commit = { callId: script.callId, sequence: events[0]?.sequence ?? 0, events };
    watermark = updatedAtAfter(watermark, events[0]?.recordedAt ?? '', events[0]?.recordedAt ?? '');
    call = projectCall(call, commit, watermark);
  }
  if (call === undefined) throw new Error('the script has no commits');
  return call;
};
const callOf = (script: CallScript) => wireCallOf(callRowOf(project(script)));
const legsOf = (script: CallScript) => {
  const call = project(script);
  return call.legs.map((leg) => wireLegOf(legRowOf(call, leg)));
};

const recording = (recordingId: string, durationMs: number) =>
  [
    { type: 'RecorderStarted', data: { recordingId } },
    { type: 'RecorderStopped', data: { recordingId, durationMs } },
  ] as const;
type RecorderEvent = Parameters<CallScript['commit']>[1];
const policy = {
  type: 'RecordingPolicyApplied',
  data: { setting: 'opt_in', settingVersion: 4, greeting: 'opt_in', keyCounts: true },
} as const;

/** Every sentence takes a second: starts 0, queue 1, rings 2, Olivia answers 3, ..., ends. */
const answered = aCall().inbound('support').queued().rings('1004').answeredBy('1004');

describe('the row of a call', () => {
  it('has the number of the message that began it, and the moments of its first and its newest message', () => {
    expect(callOf(answered)).toMatchObject({
      id: 1,
      created_at: '2026-11-21T09:00:00Z',
      updated_at: '2026-11-21T09:00:03Z',
      completion_status: null,
    });
  });

  it('tells how long the caller waited, who answered after how long, and how long they talked', () => {
    const row = callOf(answered.presses('customer', null, null).leaves('customer').ends());
    expect(row).toMatchObject({
      agent_id: 1004,
      wait_time: 2,
      time_to_answer: 3,
      talk_time: 2,
      duration: 6,
      completion_status: 'completed',
      call_group_id: 1,
    });
  });

  it('counts neither hold nor a consultation as talk of the call, and a conference once', () => {
    const apart = answered
      .rings('1005')
      .converse({ customer: 'held', 1004: 'consulting', 1005: 'consulting' });
    expect(callOf(apart.presses('customer', null, null).ends())).toMatchObject({ talk_time: 2 });
    const three = apart
      .converse({ customer: 'talking', 1004: 'talking', 1005: 'talking' })
      .leaves('1004')
      .leaves('customer')
      .ends();
    expect(callOf(three)).toMatchObject({ talk_time: 4 });
    expect(legsOf(three).map(({ talk_time: talkTime }) => talkTime)).toEqual([4, 3, 2]);
  });

  it('names the line as it stood', () => {
    expect(callOf(answered)).toMatchObject({
      line: 'Support',
      line_id: 1,
      line_type: 'phone',
      phone_number: '+41445550100',
      phone_number_id: 1,
      direction: 'inbound',
    });
  });

  it('carries the consent that was in force, what the caller chose and with which key', () => {
    const row = callOf(
      aCall()
        .inbound('support')
        .commit('recording-consent', policy)
        .queued()
        .commit('recording-consent', {
          type: 'ConsentChosen',
          data: { choice: 'caller_opted_in', key: '3' },
        }),
    );
    expect(row).toMatchObject({
      call_recording_consent: 'opt_in',
      call_recording_consent_action: 'caller_opted_in',
      call_recording_consent_keypress: '3',
    });
  });

  it('counts as recorded what the recorder did, not what was allowed', () => {
    const row = callOf(
      answered
        .commit('recording-consent', {
          type: 'RecordingAllowed',
          data: { recordingId: 'r1', ground: 'line_always', windowId: null },
        })
        .presses('customer', null, null)
        .ends(),
    );
    expect(row).toMatchObject({ recording_time: 0, talk_time: 3, not_recording_time: 3 });
  });

  it('splits the talk into recorded and not recorded seconds', () => {
    const [started, stopped] = recording('r1', 1000);
    const row = callOf(
      answered
        .commit('signaling', started)
        .commit('signaling', stopped)
        .presses('customer', null, null)
        .ends(),
    );
    expect(row).toMatchObject({ talk_time: 4, recording_time: 1, not_recording_time: 3 });
  });

  it('adds up the segments of a call that was recorded twice', () => {
    const [start1, stop1] = recording('r1', 1000);
    const [start2, stop2] = recording('r2', 600);
    const row = callOf(
      answered
        .commit('signaling', start1)
        .commit('signaling', stop1)
        .commit('signaling', start2)
        .commit('signaling', stop2)
        .ends(),
    );
    expect(row.recording_time).toBe(2);
  });

  it('is given again when the recorder stops after the call has ended', () => {
    const [started, stopped] = recording('r1', 2000);
    const row = callOf(answered.commit('signaling', started).ends().commit('signaling', stopped));
    expect(row).toMatchObject({ recording_time: 2, updated_at: '2026-11-21T09:00:06Z', duration: 5 });
  });

  const started = (recordingId: string) => ({ type: 'RecorderStarted', data: { recordingId } }) as const;
  const stopped = (recordingId: string, durationMs: number) =>
    ({ type: 'RecorderStopped', data: { recordingId, durationMs } }) as const;
  const unknown = (recordingId: string) =>
    ({ type: 'RecorderUnknown', data: { recordingId, reason: 'no answer' } }) as const;

  it('counts a second once although two recorders ran in it', () => {
    const row = callOf(
      answered
        .commit('signaling', started('r1'), started('r2'))
        .commit('signaling', stopped('r1', 1000), stopped('r2', 1000))
        .presses('customer', null, null)
        .leaves('customer')
        .ends(),
    );
    expect(row).toMatchObject({ talk_time: 4, recording_time: 1, not_recording_time: 3 });
  });

  it('counts as recorded until its end what a recorder of which nobody knows may have recorded', () => {
    const row = callOf(
      answered.commit('signaling', unknown('r1')).presses('customer', null, null).leaves('customer').ends(),
    );
    expect(row).toMatchObject({ talk_time: 3, recording_time: 3, not_recording_time: 1 });
  });

  it('counts what a recorder reports at its end, also when nobody knew that it ran', () => {
    const told = answered.commit('signaling', unknown('r1')).presses('customer', null, null);
    expect(callOf(told.commit('signaling', stopped('r1', 500)).ends())).toMatchObject({
      recording_time: 1,
      talk_time: 4,
      not_recording_time: 3,
    });
    expect(callOf(answered.commit('signaling', stopped('r1', 1000)).ends())).toMatchObject({
      recording_time: 1,
      not_recording_time: 1,
    });
  });

  it('counts a recorder once that is told twice to run and twice to have stopped', () => {
    const row = callOf(
      answered
        .commit('signaling', started('r1'))
        .commit('signaling', started('r1'))
        .commit('signaling', stopped('r1', 2000))
        .commit('signaling', stopped('r1', 2000))
        .commit('signaling', unknown('r1'))
        .ends(),
    );
    expect(row).toMatchObject({ recording_time: 2 });
  });

  it('never has a negative time, whatever recorders report', () => {
    const event = fc.oneof(
      fc
        .constantFrom('r1', 'r2', 'r3')
        .chain((id) => fc.constantFrom<RecorderEvent>(started(id), unknown(id))),
      fc
        .tuple(fc.constantFrom('r1', 'r2', 'r3'), fc.nat({ max: 20_000 }))
        .map(([id, ms]): RecorderEvent => stopped(id, ms)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const row = callOf(
          events
            .reduce((script, told) => script.commit('signaling', told), answered)
            .leaves('customer')
            .ends(),
        );
        expect(Object.values(row).filter((value) => typeof value === 'number' && value < 0)).toEqual([]);
        expect(row.not_recording_time).toBeLessThanOrEqual(row.talk_time ?? 0);
      }),
    );
  });

  it('tells where the menu led and how long the caller was in it', () => {
    const row = callOf(aCall().inbound('sales').entersMenu('main').chooses('2', 'group').queued('support'));
    expect(row).toMatchObject({
      ivr_action: 'group',
      ivr_hops: 1,
      ivr_time_spent: 2,
      ivr_destination_group_name: 'support',
    });
  });

  it('has nothing about a menu when there was none', () => {
    expect(callOf(answered)).toMatchObject({
      ivr_action: null,
      ivr_hops: null,
      ivr_time_spent: null,
      ivr_destination_group_name: null,
    });
  });

  it('shows a caller who gave up in the queue, whom no agent answered', () => {
    const row = callOf(
      aCall().inbound('support').queued().rings('1004').leaves('customer').ends('abandoned_in_queue'),
    );
    expect(row).toMatchObject({
      completion_status: 'abandoned_in_queue',
      agent_id: null,
      time_to_answer: null,
      talk_time: 0,
      wait_time: 3,
    });
  });

  it('has null instead of false and no talk time when the call failed', () => {
    const row = callOf(aCall().outbound('support', '1004').ends('failed'));
    expect(row).toMatchObject({
      callback: null,
      exceeded_queue_wait_time: null,
      outside_business_hours: null,
      talk_time: null,
    });
  });

  it('names the agent who called out, without a time to answer', () => {
    const row = callOf(aCall().outbound('support', '1004').answeredBy('customer').ends());
    expect(row).toMatchObject({ direction: 'outbound', agent_id: 1004, time_to_answer: null, talk_time: 1 });
  });

  it('is not exported for a call between colleagues', () => {
    expect(callRowOf(project(aCall().internal('1001', '1004').ends())).exported).toBe(false);
  });

  it('is not exported for a refused service code that never became a call', () => {
    const refused = aCall().commit('signaling', {
      type: 'LegArrived',
      data: {
        legId: 'l1',
        handle: '1.1',
        party: 'supervisor',
        agent: { extension: '2002', exportId: 5 },
        number: null,
      },
    });
    expect(callRowOf(project(refused))).toMatchObject({ exported: false, id: null });
  });

  it('never moves back in time along the log, nor ahead of the clock that writes it', () => {
    const [early, noon, late] = [
      '2026-11-21T09:00:01.000Z',
      '2026-11-21T12:00:00.000Z',
      '2026-11-22T09:00:00.000Z',
    ] as const;
    expect(updatedAtAfter('', early, noon)).toBe(early);
    expect(updatedAtAfter(noon, early, late)).toBe(noon);
    expect(updatedAtAfter(early, late, noon)).toBe(noon);
    expect(updatedAtAfter(late, noon, noon)).toBe(late);
  });
});

describe('the legs of a call', () => {
  it('have ids that follow from their place in the log', () => {
    expect(legsOf(answered).map((leg) => leg.id)).toEqual([101, 300]);
  });

  it('have agent 0 on the customer and user 0 on the agent', () => {
    expect(legsOf(answered)).toMatchObject([
      { type: 'customer', call_id: 1, agent_id: 0, user_id: null, available_via: null, wrap_up_time: null },
      { type: 'agent', call_id: 1, agent_id: 1004, user_id: 0, available_via: 'phone', wrap_up_time: 0 },
    ]);
  });

  it.each([
    ['missed', 'agent_missed'],
    ['declined', 'agent_declined'],
    ['unreachable', 'agent_unreachable'],
    ['answered_elsewhere', 'answered_elsewhere'],
  ] as const)('tell that an agent whose phone rang in vain (%s) is %s', (reason, status) => {
    const [, agent] = legsOf(aCall().inbound('support').queued().rings('1004').leaves('1004', reason));
    expect(agent).toMatchObject({ completion_status: status, talk_time: 0, duration: 1 });
  });

  it('all end with the call', () => {
    expect(legsOf(answered.ends()).map((leg) => leg.completion_status)).toEqual(['completed', 'completed']);
  });

  it('are given again only when they changed themselves', () => {
    const call = project(answered.leaves('1004').rings('1005'));
    expect(call.legs.map((leg) => leg.changedSequence)).toEqual([5, 5, 6]);
  });

  it('show a supervisor with the time spent in each mode', () => {
    const supervised = answered.dialsCode('1001', 'spy', '1004');
    const legId = supervised.legOf('1001');
    const mode = (to: 'whisper' | 'barge') =>
      ({ type: 'SupervisionModeChanged', data: { supervisionId: 's1', mode: to, keysUpTo: null } }) as const;
    const script = supervised
      .commit('supervision', {
        type: 'SupervisionStarted',
        data: { supervisionId: 's1', legId, supervisedLegId: supervised.legOf('1004'), mode: 'spy' },
      })
      .presses('1001', null, null)
      .commit('supervision', mode('whisper'))
      .commit('supervision', mode('barge'))
      .presses('1001', null, null)
      .presses('1001', null, null)
      .leaves('1001')
      .ends();
    const supervisor = legsOf(script).find((leg) => leg.type === 'supervisor');
    expect(supervisor).toMatchObject({
      agent_id: 1001,
      spy_time: 2,
      whisper_time: 1,
      barge_time: 3,
      talk_time: 6,
      completion_status: 'completed',
    });
  });

  it('show of a supervisor who is still there the modes that are over, and no duration yet', () => {
    const supervised = answered.dialsCode('1001', 'spy', '1004');
    const shown = legsOf(
      supervised
        .commit('supervision', {
          type: 'SupervisionStarted',
          data: {
            supervisionId: 's1',
            legId: supervised.legOf('1001'),
            supervisedLegId: supervised.legOf('1004'),
            mode: 'spy',
          },
        })
        .presses('1001', '1', 'supervision')
        .commit('supervision', {
          type: 'SupervisionModeChanged',
          data: { supervisionId: 's1', mode: 'barge', keysUpTo: null },
        }),
    ).find((leg) => leg.type === 'supervisor');
    expect(shown).toMatchObject({
      completion_status: null,
      duration: 0,
      talk_time: 2,
      spy_time: 2,
      barge_time: 0,
    });
  });

  it("have no field but Zendesk's on agents and customers", () => {
    expect(legsOf(answered).every((leg) => !('spy_time' in leg))).toBe(true);
  });
});
