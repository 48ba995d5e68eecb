import {
  evolveLives,
  listenedMs,
  type Facts,
  type SupervisionLife,
  type SupervisionMode,
} from '@earshot/contracts';
import { aCall, type CallScript } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';

const livesOf = ({ events }: CallScript): readonly SupervisionLife[] => events.reduce(evolveLives, []);
const second = (n: number): string =>
  new Date(Date.parse('2026-11-21T09:00:00.000Z') + n * 1000).toISOString();

const talk = aCall().inbound('support').answeredBy('1004');
const dialled = talk.dialsCode('1001', 'spy', '1004');
const supervisionId = `${talk.callId}-v1`;
const started = (call: CallScript, legId: string, mode: SupervisionMode = 'spy'): CallScript =>
  call.commit('supervision', {
    type: 'SupervisionStarted',
    data: { supervisionId, legId, supervisedLegId: talk.legOf('1004'), mode },
  });
const changed = (call: CallScript, mode: SupervisionMode): CallScript =>
  call.commit('supervision', {
    type: 'SupervisionModeChanged',
    data: { supervisionId, mode, keysUpTo: null },
  });
const ended = (call: CallScript, legId: string, reason: Facts['SupervisionEnded']['reason']): CallScript =>
  call.commit('supervision', { type: 'SupervisionEnded', data: { supervisionId, legId, reason } });

const phoneLeg = `${supervisionId}-l1`;
const asked = talk.commit('supervision', {
  type: 'SupervisionRequestedByApi',
  data: {
    ...{ supervisionId, commandId: 'c1', legId: phoneLeg, mode: 'spy', target: '1004' },
    ...{ supervisor: { extension: '1001', exportId: 11 }, phone: { extension: '1007', exportId: 17 } },
    supervisedLegId: talk.legOf('1004'),
  },
});
const rung = asked.commit('signaling', {
  type: 'LegOffered',
  data: { legId: phoneLeg, party: 'supervisor', agent: null, number: null, group: null, ringForMs: 20_000 },
});

describe('the life of a supervision', () => {
  it('tells who, through which door, in which modes from when to when, and why it ended', () => {
    const legId = dialled.legOf('1001');
    const spying = started(dialled, legId);
    const call = ended(changed(changed(changed(spying, 'whisper'), 'whisper'), 'barge'), legId, 'agent_left');
    expect(livesOf(call)).toEqual([
      {
        ...{ legId, supervisionId, callId: talk.callId, door: 'code', commandId: null },
        ...{ supervisor: '1001', phone: '1001', agent: '1004', state: 'ended', mode: 'barge' },
        ...{ reason: 'agent_left', requestedAt: second(2), joinedAt: second(3), hearingSince: null },
        endedAt: second(7),
        modes: [
          { mode: 'spy', from: second(3), to: second(4) },
          { mode: 'whisper', from: second(4), to: second(6) },
          { mode: 'barge', from: second(6), to: second(7) },
        ],
      },
    ]);
    expect(livesOf(call).map((life) => listenedMs(life, second(99)))).toEqual([
      { spy: 1000, whisper: 2000, barge: 1000 },
    ]);
  });

  it('counts a mode that is on until the moment of the question', () => {
    const [life] = livesOf(started(dialled, dialled.legOf('1001')));
    expect(life && listenedMs(life, second(10))).toEqual({ spy: 7000, whisper: 0, barge: 0 });
  });

  it('tells of one by API when it was asked for, rang at which phone, and was joined', () => {
    expect(livesOf(asked)).toMatchObject([
      { state: 'requested', door: 'api', commandId: 'c1', supervisor: '1001', phone: '1007', supervisionId },
    ]);
    expect(livesOf(rung)).toMatchObject([{ state: 'ringing' }]);
    expect(livesOf(changed(rung, 'whisper'))).toMatchObject([
      { state: 'ringing', mode: 'whisper', modes: [] },
    ]);
    expect(livesOf(ended(rung, phoneLeg, 'phone_declined'))).toMatchObject([
      { state: 'ended', reason: 'phone_declined', joinedAt: null, endedAt: second(4), modes: [] },
    ]);
    expect(livesOf(started(rung, phoneLeg, 'whisper'))).toMatchObject([
      { state: 'joined', joinedAt: second(4), modes: [{ mode: 'whisper', from: second(4), to: null }] },
    ]);
  });

  it('tells since when the supervisor heard the call, by the switch', () => {
    const heard = started(rung, phoneLeg).commit('signaling', {
      type: 'TopologyApplied',
      data: {
        ...{ topologyId: 't', outcome: 'done', reason: null },
        pairs: [{ listener: phoneLeg, speaker: talk.legOf('1004') }],
      },
    });
    expect(livesOf(heard)).toMatchObject([{ hearingSince: second(5) }]);
  });

  it('tells of what was refused, by whichever door, and of who hung up before an answer', () => {
    const legId = dialled.legOf('1001');
    const refusedTo = (call: CallScript, leg: string) =>
      call.commit('supervision', {
        type: 'SupervisionRefused',
        data: { legId: leg, reason: 'not_authorised' },
      });
    const refused = { state: 'refused', reason: 'not_authorised', joinedAt: null, modes: [] };
    expect(livesOf(refusedTo(dialled, legId).leaves('1001'))).toMatchObject([
      { ...refused, door: 'code', supervisionId: null, endedAt: second(3) },
    ]);
    expect(livesOf(refusedTo(asked, phoneLeg))).toMatchObject([{ ...refused, door: 'api' }]);
    expect(livesOf(dialled.leaves('1001'))).toMatchObject([{ state: 'ended', reason: 'supervisor_left' }]);
  });

  it('is told for each of several on one call', () => {
    const second = dialled.dialsCode('1005', 'barge', '1004');
    expect(livesOf(second).map(({ supervisor }) => supervisor)).toEqual(['1001', '1005']);
  });
});
