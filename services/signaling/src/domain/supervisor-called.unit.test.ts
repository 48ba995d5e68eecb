import { describe, expect, it } from 'vitest';
import type { Facts } from '@earshot/contracts';
import { operationOf, type PlainTask } from '../orders/operation-of.ts';
import { createLiveLegs } from '../reports/live-legs.ts';
import { tasksOf } from './tasks.ts';
import {
  at,
  callId,
  directory,
  leg,
  presses,
  summary,
  talkingCall,
  type PlayedCall,
} from './testing/played-call.ts';
import { wantedTopology } from './wanted-topology.ts';

const supervisionId = `${callId}-v1`;
const phoneLeg = `${supervisionId}-l1`;
const benjamin = { extension: '1001', exportId: 11 };
const asked: Facts['SupervisionRequestedByApi'] = {
  ...{ supervisionId, legId: phoneLeg, commandId: 'c', mode: 'spy', target: '1004' },
  ...{ supervisor: benjamin, phone: benjamin, supervisedLegId: leg(2) },
};
const pairs = (isHeard: boolean): Facts['TopologyChanged']['pairs'] => [
  { listener: leg(1), speaker: leg(2) },
  { listener: leg(2), speaker: leg(1) },
  { listener: phoneLeg, speaker: leg(1) },
  { listener: phoneLeg, speaker: leg(2) },
  ...(isHeard ? [1, 2].map((n) => ({ listener: leg(n), speaker: phoneLeg })) : []),
];
const called = (free: readonly string[] = ['1001']) => {
  const played = talkingCall();
  played.given('SupervisionRequestedByApi', asked, 8);
  const ring = () =>
    played.when({
      type: 'supervisor-called',
      at: at(8),
      legId: phoneLeg,
      phone: benjamin,
      directory: directory(free),
    });
  return { played, ring };
};
const tasksOfPhone = ({ state }: PlayedCall) =>
  tasksOf(state).filter((task) => 'leg' in task && task.leg === phoneLeg);
const answers = (played: PlayedCall) =>
  played.when({ type: 'leg-answered', at: at(10), handle: phoneLeg, directory: directory([]) });
const starts = (played: PlayedCall, mode: 'spy' | 'barge' = 'spy', second = 10) => {
  const topologyId = `t${second}`;
  played.given(
    'SupervisionStarted',
    { supervisionId, legId: phoneLeg, supervisedLegId: leg(2), mode },
    second,
  );
  played.given('TopologyChanged', { topologyId, revision: 1, pairs: pairs(mode === 'barge') }, second);
};
const changes = (played: PlayedCall, mode: 'spy' | 'barge', keysUpTo: number | null) => {
  played.given('SupervisionModeChanged', { supervisionId, mode, keysUpTo }, 12);
  played.given(
    'TopologyChanged',
    { topologyId: `t-${mode}`, revision: 1, pairs: pairs(mode === 'barge') },
    12,
  );
};

describe('a supervisor is called by API', () => {
  it('the phone rings once, and shows the extension that is to be supervised', () => {
    const { played, ring } = called();
    expect(summary(ring())).toEqual(['LegOffered']);
    const [task] = tasksOfPhone(played);
    expect(task && operationOf(task as PlainTask, played.state)).toEqual({
      op: 'ring',
      leg: phoneLeg,
      to: { kind: 'extension', extension: '1001' },
      callerNumber: '1004',
      ringForMs: 20_000,
    });
    expect(summary(ring())).toBe('leg_already_known');
  });

  it('a phone that is in a call is left alone, and counts as busy', () => {
    const { played, ring } = called([]);
    expect(summary(ring())).toEqual(['LegOffered', 'LegEnded']);
    expect(tasksOfPhone(played)).toEqual([]);
  });

  it('a phone that is to be rung counts as taken for every other call from when it is known, until its supervision is over', () => {
    const { played } = called();
    const legs = createLiveLegs();
    legs.update(callId, played.state);
    expect([legs.isFree('1001'), legs.isFree('1001', callId)]).toEqual([false, true]);
    played.given('SupervisionEnded', { supervisionId, legId: phoneLeg, reason: 'phone_not_rung' });
    legs.update(callId, played.state);
    expect(legs.isFree('1001')).toBe(true);
  });

  it('no phone rings for what was refused, is over, or on a call that is over', () => {
    const refused = called();
    refused.played.given('SupervisionRefused', { legId: phoneLeg, reason: 'not_authorised' });
    expect(summary(refused.ring())).toBe('supervision_is_over');
    const left = called();
    left.played.given('SupervisionEnded', { supervisionId, legId: phoneLeg, reason: 'supervisor_left' });
    expect(summary(left.ring())).toBe('supervision_is_over');
    const over = called();
    over.played.given('CallEnded', { completion: 'completed' });
    expect(summary(over.ring())).toBe('call_already_ended');
  });

  it('whoever has answered and may not begin yet hears nobody and is heard by nobody', () => {
    const { played, ring } = called();
    ring();
    expect(summary(answers(played))).toEqual(['LegAnswered']);
    expect(wantedTopology(played.state)?.pairs.some((pair) => Object.values(pair).includes(phoneLeg))).toBe(
      false,
    );
    starts(played);
    expect(wantedTopology(played.state)).toMatchObject({ pairs: pairs(false), muted: [phoneLeg] });
  });

  it('the phone goes on ringing when the switch refuses the topology of others, and is hung up when the supervision ends', () => {
    const { played, ring } = called();
    ring();
    played.given('TopologyChanged', { topologyId: 't1', revision: 1, pairs: pairs(false).slice(0, 2) });
    const refused = { topologyId: 't1', outcome: 'refused', reason: 'no', pairs: null } as const;
    played.given('TopologyApplied', refused);
    expect(tasksOfPhone(played)).toMatchObject([{ task: 'ring' }]);
    played.given('SupervisionEnded', { supervisionId, legId: phoneLeg, reason: 'agent_left' });
    expect(tasksOfPhone(played)).toMatchObject([{ task: 'hang-up' }]);
  });
});

describe('a mode that was changed by API', () => {
  const bargesAndPresses0 = () => {
    const { played, ring } = called();
    ring();
    answers(played);
    starts(played, 'barge');
    presses(played, phoneLeg, '0', 11);
    return { played, key: played.state.supervisors[0]?.pressed?.sequence ?? 0 };
  };

  it('gives no voice back that a key took away which the decision did not know', () => {
    const { played, key } = bargesAndPresses0();
    changes(played, 'barge', key - 1);
    expect(wantedTopology(played.state)?.muted).toEqual([phoneLeg]);
    changes(played, 'barge', null);
    expect(wantedTopology(played.state)?.muted).toEqual([phoneLeg]);
  });

  it('gives it when the key was known and the command is newer', () => {
    const { played, key } = bargesAndPresses0();
    changes(played, 'barge', key);
    expect(wantedTopology(played.state)?.muted).toEqual([]);
  });
});
