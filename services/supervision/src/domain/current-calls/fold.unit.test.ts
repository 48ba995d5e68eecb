import type { CurrentCall } from '@earshot/contracts';
import { aCall, anyCall, inAnyOrder, scriptedCallId, type CallScript } from '@earshot/testkit/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallNow } from './call-now.ts';
import { currentCallOf } from './current-call.ts';
import { foldCall } from './fold.ts';

const names: Readonly<Record<string, string>> = { 1001: 'Benjamin', 1004: 'Olivia', 1005: 'Noah' };
const folded = ({ events }: Pick<CallScript, 'events'>): CallNow | undefined =>
  events.reduce<CallNow | undefined>(foldCall, undefined);
const shown = (call: CallScript): CurrentCall => {
  const now = folded(call);
  if (!now) throw new Error('This call is not shown');
  return currentCallOf(call.callId, now, (extension) => names[extension] ?? null);
};
const stateOf = (call: CallScript) => shown(call).state;

const arrived = aCall().inbound('support');
const queued = arrived.hearsPrompt('available').hearsPrompt('consent').queued();
const talking = queued.answeredBy('1004');
const recorded = (call: CallScript) =>
  call.commit('recording-consent', {
    type: 'RecordingAllowed',
    data: { recordingId: 'r1', ground: 'caller_opted_in', windowId: null },
  });
const runs = (call: CallScript) =>
  call.commit('signaling', { type: 'RecorderStarted', data: { recordingId: 'r1' } });

describe('the state of a call', () => {
  it.each([
    { what: 'a caller who has just arrived', call: arrived, state: 'connecting' },
    {
      what: 'a greeting that was asked for',
      call: arrived.hearsPrompt('available', { begun: false }),
      state: 'greeting',
    },
    { what: 'a greeting that has ended', call: arrived.hearsPrompt('available'), state: 'connecting' },
    { what: 'a caller in a menu', call: aCall().inbound('sales').entersMenu('sales'), state: 'menu' },
    {
      what: 'a caller who chose in the menu and waits',
      call: aCall().inbound('sales').entersMenu('sales').chooses('1', 'group').queued('sales'),
      state: 'queue',
    },
    { what: 'a caller who waits', call: queued, state: 'queue' },
    { what: "a caller who waits while Olivia's phone rings", call: queued.rings('1004'), state: 'ringing' },
    {
      what: 'a caller whose agent declined',
      call: queued.rings('1004').leaves('1004', 'declined'),
      state: 'queue',
    },
    { what: 'a conversation', call: talking, state: 'talking' },
    { what: 'a conversation to which a third is rung', call: talking.rings('1005'), state: 'talking' },
    { what: 'a held customer', call: talking.converse({ customer: 'held', 1004: 'talking' }), state: 'held' },
    {
      what: 'a held customer while two agents consult',
      call: talking.rings('1005').converse({ customer: 'held', 1004: 'consulting', 1005: 'consulting' }),
      state: 'held',
    },
    {
      what: 'an outbound call that rings outside',
      call: aCall().outbound('support', '1004').rings('customer'),
      state: 'ringing',
    },
    {
      what: 'an internal call that rings',
      call: aCall().internal('1004', '1005').rings('1005'),
      state: 'ringing',
    },
    {
      what: 'a supervisor who hears a refusal',
      call: talking.dialsCode('1005', 'spy', '1004'),
      state: 'talking',
    },
  ])('of $what is $state', ({ call, state }) => {
    expect(stateOf(call)).toBe(state);
  });

  it('says since when it is so, and a key that changes nothing does not change that', () => {
    const { since, stateSince } = shown(talking.presses('1004', null, null));
    expect(since).toBe('2026-11-21T09:00:00.000Z');
    expect(stateSince).toBe(talking.events.at(-1)?.occurredAt);
  });
});

describe('who is on a call', () => {
  it('is the customer with the number and Olivia with extension and name, with how and since when each takes part', () => {
    const answeredAt = talking.events.at(-1)?.occurredAt;
    expect(shown(talking).parties).toEqual([
      {
        legId: talking.legOf('customer'),
        party: 'customer',
        extension: null,
        name: null,
        number: '+41795551001',
        state: 'talking',
        since: answeredAt,
      },
      {
        legId: talking.legOf('1004'),
        party: 'agent',
        extension: '1004',
        name: 'Olivia',
        number: null,
        state: 'talking',
        since: answeredAt,
      },
    ]);
  });

  it('is nobody who has left, and whoever rings is said to ring', () => {
    const call = queued.rings('1004').rings('1005').leaves('1005', 'missed');
    expect(shown(call).parties.map(({ extension, state }) => [extension, state])).toEqual([
      [null, 'waiting'],
      ['1004', 'ringing'],
    ]);
  });

  it('names line, direction, numbers and the group that it waits for', () => {
    expect(shown(queued)).toMatchObject({
      id: scriptedCallId,
      direction: 'inbound',
      line: { id: 'support', name: 'Support', number: '+41445550100' },
      from: '+41795551001',
      to: '+41445550100',
      group: { id: 'support', name: 'support' },
    });
  });
});

describe('who hears whom', () => {
  const pairs = [{ listener: `${scriptedCallId}-l1`, speaker: `${scriptedCallId}-l2` }];
  const applied = (outcome: 'done' | 'unknown') =>
    talking.commit('signaling', {
      type: 'TopologyApplied',
      data: { topologyId: 't1', pairs: outcome === 'done' ? pairs : null, outcome, reason: null },
    });

  it('is nobody before anybody was brought together', () => {
    expect(shown(talking).hears).toEqual([]);
  });

  it('is what the switch carries, as against what was decided, without those who have left', () => {
    expect(shown(applied('done')).hears).toEqual(pairs);
    expect(shown(applied('done').leaves('1004')).hears).toEqual([]);
  });

  it('is not known when the switch did not say', () => {
    expect(shown(applied('unknown')).hears).toBeNull();
  });
});

describe('the recording of a call', () => {
  it('is off without a decision, and off with the ground of one that forbids', () => {
    expect(shown(talking).recording).toMatchObject({ state: 'off', reason: null });
    const forbidden = talking.commit('recording-consent', {
      type: 'RecordingForbidden',
      data: { ground: 'caller_did_not_opt_in', windowId: null },
    });
    expect(shown(forbidden).recording).toMatchObject({ state: 'off', reason: 'caller_did_not_opt_in' });
  });

  it('is starting when it is allowed, running when the recorder says so, and off when it stopped', () => {
    expect(shown(recorded(talking)).recording).toMatchObject({
      state: 'starting',
      reason: 'caller_opted_in',
    });
    expect(shown(runs(recorded(talking))).recording).toMatchObject({ state: 'running', recordingId: 'r1' });
    const withdrawn = runs(recorded(talking)).commit('recording-consent', {
      type: 'RecordingWithdrawn',
      data: { recordingId: 'r1', reason: 'parties_parted' },
    });
    expect(shown(withdrawn).recording).toMatchObject({ state: 'stopping', reason: 'parties_parted' });
    const stopped = withdrawn.commit('signaling', {
      type: 'RecorderStopped',
      data: { recordingId: 'r1', durationMs: 5 },
    });
    expect(shown(stopped).recording).toMatchObject({ state: 'off', reason: 'parties_parted' });
  });

  it('is unknown, which counts as running, when nobody knows, also where nothing allows it', () => {
    const unknown = talking.commit('signaling', {
      type: 'RecorderUnknown',
      data: { recordingId: 'r9', reason: 'no answer' },
    });
    expect(shown(unknown).recording).toMatchObject({ state: 'unknown', recordingId: 'r9', reason: null });
  });

  it('says why the switch refused what was allowed', () => {
    const refused = recorded(talking).commit('signaling', {
      type: 'RecorderRefused',
      data: { recordingId: 'r1', reason: 'disk full' },
    });
    expect(shown(refused).recording).toMatchObject({ state: 'refused', reason: 'disk full' });
  });

  it('does not end because an older decision is withdrawn late', () => {
    const anew = runs(recorded(talking)).commit('recording-consent', {
      type: 'RecordingWithdrawn',
      data: { recordingId: 'r0', reason: 'parties_parted' },
    });
    expect(shown(anew).recording.state).toBe('running');
  });

  it('has the consent beside it: the setting, whether the caller was asked, and what was chosen when', () => {
    const chosen = queued
      .commit('recording-consent', {
        type: 'RecordingPolicyApplied',
        data: { setting: 'opt_in', settingVersion: 1, greeting: 'opt_in', keyCounts: true },
      })
      .presses('customer', '3', 'consent')
      .commit('recording-consent', { type: 'ConsentChosen', data: { choice: 'caller_opted_in', key: '3' } });
    expect(shown(chosen).consent).toEqual({
      setting: 'opt_in',
      asked: true,
      choice: 'caller_opted_in',
      chosenAt: chosen.events.at(-1)?.occurredAt,
    });
    expect(shown(arrived).consent).toEqual({ setting: null, asked: false, choice: null, chosenAt: null });
  });
});

describe('who supervises a call', () => {
  it('is whoever asked for it by API, also at the phone of another', () => {
    const legId = 'v1-l1';
    const at = (extension: string) => ({ extension, exportId: Number(extension) });
    const atNoahs = talking
      .commit('supervision', {
        type: 'SupervisionRequestedByApi',
        data: {
          ...{ supervisionId: 'v1', commandId: 'c1', legId, supervisor: at('1001'), phone: at('1005') },
          ...{ mode: 'spy', target: '1004', supervisedLegId: talking.legOf('1004') },
        },
      })
      .commit('signaling', {
        type: 'LegOffered',
        data: { legId, party: 'supervisor', agent: at('1005'), number: null, group: null, ringForMs: 20_000 },
      })
      .commit('supervision', {
        type: 'SupervisionStarted',
        data: { supervisionId: 'v1', legId, supervisedLegId: talking.legOf('1004'), mode: 'spy' },
      });
    expect(shown(atNoahs).supervisors).toMatchObject([{ extension: '1001', name: 'Benjamin' }]);
  });

  const asks = talking.dialsCode('1001', 'spy', '1004');
  const supervisionId = 'v1';
  const spies = asks.commit('supervision', {
    type: 'SupervisionStarted',
    data: { supervisionId, legId: asks.legOf('1001'), supervisedLegId: asks.legOf('1004'), mode: 'spy' },
  });

  it('is nobody who was not let in yet', () => {
    expect(shown(asks)).toMatchObject({ supervisors: [], parties: [{}, {}] });
  });

  it('is Benjamin with the mode, which changes', () => {
    const whispers = spies.commit('supervision', {
      type: 'SupervisionModeChanged',
      data: { supervisionId, mode: 'whisper', keysUpTo: null },
    });
    expect(shown(spies).supervisors).toMatchObject([{ extension: '1001', name: 'Benjamin', mode: 'spy' }]);
    expect(shown(whispers).supervisors).toMatchObject([{ mode: 'whisper' }]);
  });

  it('is nobody any more when it has ended', () => {
    const over = spies.commit('supervision', {
      type: 'SupervisionEnded',
      data: { supervisionId, legId: spies.legOf('1001'), reason: 'supervisor_left' },
    });
    expect(shown(over).supervisors).toEqual([]);
  });
});

describe('whether there is a call', () => {
  it('begins with its start: a request to supervise nobody makes none', () => {
    expect(folded(aCall().dialsCode('1001', 'spy', '1004'))).toBeUndefined();
  });

  it('ends with its end, whatever is told of it later', () => {
    const over = runs(recorded(talking)).ends();
    const later = over.commit('signaling', {
      type: 'RecorderStopped',
      data: { recordingId: 'r1', durationMs: 1 },
    });
    expect([folded(over)?.ended, folded(later)?.ended]).toEqual([true, true]);
  });

  it('is said whatever is told, in whatever order', () => {
    fc.assert(
      fc.property(inAnyOrder(anyCall), (events) => {
        const now = folded({ events });
        if (now) expect(currentCallOf(scriptedCallId, now, () => null).since).toBe(now.since);
      }),
    );
  });
});
