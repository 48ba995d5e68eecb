import { describe, expect, it } from 'vitest';
import {
  at,
  callId,
  callTo,
  directory,
  leg,
  talkingCall,
  waitingCaller,
  type PlayedCall,
  supervisorDials,
} from './testing/played-call.ts';
import { tasksOf } from './tasks.ts';

const keys = (played: PlayedCall): readonly string[] => tasksOf(played.state).map(({ key }) => key);
const basePairs = [
  { listener: leg(1), speaker: leg(2) },
  { listener: leg(2), speaker: leg(1) },
];
const connectedOnSwitch = (): PlayedCall => {
  const played = talkingCall();
  played.when({
    type: 'topology-applied',
    at: at(6),
    topologyId: `${callId}-c1`,
    outcome: 'done',
    reason: null,
    pairs: basePairs,
  });
  return played;
};
const supervised = (): PlayedCall => {
  const played = connectedOnSwitch();
  supervisorDials(played);
  return played;
};

describe('what the switch has to do', () => {
  it('plays the greeting to the caller who was answered', () => {
    expect(keys(callTo('+41445550100'))).toEqual([`play ${callId}-p1`]);
  });

  it('plays music to the caller who waits, and rings the agents', () => {
    expect(keys(waitingCaller(['1004']))).toEqual([`ring ${leg(2)}`, `start-music ${leg(1)}`]);
  });

  it('connects the parties before anything is recorded', () => {
    const played = talkingCall();
    played.given('RecordingAllowed', { recordingId: `${callId}-r1`, ground: 'line_always', windowId: null });
    expect(keys(played)).toEqual([`apply-topology ${callId}-c1 among ${leg(1)} ${leg(2)} muted `]);
    played.when({
      type: 'topology-applied',
      at: at(6),
      topologyId: `${callId}-c1`,
      outcome: 'done',
      reason: null,
      pairs: basePairs,
    });
    expect(keys(played)).toEqual([`start-recorder ${callId}-r1`]);
  });

  it('runs no recorder without a standing decision', () => {
    expect(keys(connectedOnSwitch())).toEqual([]);
  });

  it('stops the recorder when the decision is withdrawn, when a party leaves, and when its state is unknown', () => {
    for (const change of [
      (played: PlayedCall) =>
        played.given('RecordingWithdrawn', { recordingId: `${callId}-r1`, reason: 'parties_parted' }),
      (played: PlayedCall) =>
        played.when({ type: 'leg-gone', at: at(30), handle: leg(2), reason: 'hung_up' }),
      (played: PlayedCall) =>
        played.when({ type: 'recorder-unknown', at: at(30), recordingId: `${callId}-r1`, reason: 'timeout' }),
    ]) {
      const played = connectedOnSwitch();
      played.given('RecordingAllowed', {
        recordingId: `${callId}-r1`,
        ground: 'line_always',
        windowId: null,
      });
      played.when({ type: 'recorder-started', at: at(7), recordingId: `${callId}-r1` });
      expect(keys(played)).toEqual([]);
      change(played);
      expect(keys(played)[0]).toMatch(/^stop-recorder/);
    }
  });

  it('answers a supervisor at once, and applies the topology when that leg has answered', () => {
    const played = supervised();
    expect(keys(played)).toEqual([`answer ${leg(3)}`]);
    played.given('SupervisionStarted', {
      supervisionId: 's',
      legId: leg(3),
      supervisedLegId: leg(2),
      mode: 'spy',
    });
    played.given('TopologyChanged', {
      topologyId: 't1',
      revision: 1,
      pairs: [...basePairs, { listener: leg(3), speaker: leg(1) }, { listener: leg(3), speaker: leg(2) }],
    });
    expect(keys(played)).toEqual([`answer ${leg(3)}`]);
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    expect(keys(played)).toEqual([`apply-topology t1 among ${leg(1)} ${leg(2)} ${leg(3)} muted ${leg(3)}`]);
  });

  it('hangs up a refused supervisor after the reason was heard', () => {
    const played = supervised();
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('SupervisionRefused', { legId: leg(3), reason: 'not_authorised' });
    played.when({
      type: 'supervision-refused',
      at: at(8.2),
      legId: leg(3),
      reason: 'not_authorised',
      directory: directory(),
    });
    const promptId = `${callId}-p2`;
    expect(keys(played)).toEqual([`play ${promptId}`]);
    played.when({ type: 'prompt-started', at: at(8.3), promptId });
    played.when({ type: 'prompt-ended', at: at(10), promptId, outcome: 'completed', directory: directory() });
    expect(keys(played)).toEqual([`hang-up ${leg(3)}`]);
  });

  it('takes a voice away without waiting for a supervisor whose phone has not answered yet', () => {
    const played = supervised();
    played.given('TopologyChanged', {
      topologyId: 't1',
      revision: 1,
      pairs: [
        { listener: leg(1), speaker: leg(2) },
        { listener: leg(3), speaker: leg(2) },
      ],
    });
    expect(keys(played)).toContain(`apply-topology t1 among ${leg(1)} muted `);
  });

  it.each([
    ['refused', true],
    ['unknown', false],
  ] as const)('lets a supervisor go when the switch %s the topology in every way: %s', (outcome, goes) => {
    const played = supervised();
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('TopologyChanged', { topologyId: 't1', revision: 1, pairs: [] });
    played.when({
      type: 'topology-applied',
      at: at(9),
      topologyId: 't1',
      outcome,
      reason: 'because',
      pairs: null,
    });
    expect(keys(played).includes(`hang-up ${leg(3)}`)).toBe(goes);
  });

  it('lets a voice be heard no longer as soon as a key asks for less, and again only by a decision', () => {
    const played = supervised();
    const barge = [
      ...basePairs,
      ...[1, 2].flatMap((n) => [
        { listener: leg(3), speaker: leg(n) },
        { listener: leg(n), speaker: leg(3) },
      ]),
    ];
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('SupervisionStarted', {
      supervisionId: 's',
      legId: leg(3),
      supervisedLegId: leg(2),
      mode: 'barge',
    });
    played.given('TopologyChanged', { topologyId: 't1', revision: 1, pairs: barge });
    played.when({
      type: 'topology-applied',
      at: at(9),
      topologyId: 't1',
      outcome: 'done',
      reason: null,
      pairs: barge,
    });
    expect(keys(played)).toEqual([]);
    played.when({
      type: 'key-pressed',
      at: at(10),
      downAt: at(10),
      handle: 'h9',
      key: '0',
      directory: directory(),
    });
    expect(keys(played)).toEqual([`apply-topology t1 among ${leg(1)} ${leg(2)} ${leg(3)} muted ${leg(3)}`]);
    played.given('SupervisionModeChanged', { supervisionId: 's', mode: 'spy', keysUpTo: null });
    played.given('TopologyChanged', {
      topologyId: 't2',
      revision: 1,
      pairs: [...basePairs, ...[1, 2].map((n) => ({ listener: leg(3), speaker: leg(n) }))],
    });
    expect(keys(played)[0]).toMatch(/^apply-topology t2 .* muted \S+l3$/);
  });

  it('keeps the parties together, and nobody else, while no topology was made for the conversation as it stands', () => {
    const played = supervised();
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('TopologyChanged', {
      topologyId: 't1',
      revision: 1,
      pairs: [...basePairs, { listener: leg(1), speaker: leg(3) }],
    });
    played.given('ConversationChanged', {
      revision: 2,
      parties: [1, 2].map((n) => ({ legId: leg(n), as: 'talking' as const })),
    });
    expect(keys(played)).toEqual([`apply-topology ${callId}-c2 among ${leg(1)} ${leg(2)} muted `]);
  });

  it('hangs up everybody and drops the bridges when the call is over', () => {
    const played = supervised();
    played.when({ type: 'leg-gone', at: at(30), handle: 'h1', reason: 'hung_up' });
    expect(keys(played)).toEqual([`hang-up ${leg(2)}`, `hang-up ${leg(3)}`]);
    played.when({ type: 'leg-gone', at: at(30.1), handle: leg(2), reason: 'hung_up' });
    played.when({ type: 'leg-gone', at: at(30.1), handle: 'h9', reason: 'hung_up' });
    expect(keys(played)).toEqual(['drop-bridges']);
  });
});
