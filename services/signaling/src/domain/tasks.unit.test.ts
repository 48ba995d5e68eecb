import { describe, expect, it } from 'vitest';
import { at, callId, callTo, directory, leg, talkingCall, waitingCaller, type PlayedCall } from './testing/played-call.ts';
import { tasksOf } from './tasks.ts';

const keys = (played: PlayedCall): readonly string[] => tasksOf(played.state).map(({ key }) => key);
const basePairs = [{ listener: leg(1), speaker: leg(2) }, { listener: leg(2), speaker: leg(1) }];
const connectedOnSwitch = (): PlayedCall => {
  const played = talkingCall();
  played.when({ type: 'topology-applied', at: at(6), topologyId: `${callId}-main`, outcome: 'done', reason: null, pairs: basePairs });
  return played;
};
const supervised = (): PlayedCall => {
  const played = connectedOnSwitch();
  played.when({ type: 'supervision-dialled', at: at(8), handle: 'h9', supervisor: '1001', callId, dialled: { to: 'supervision', mode: 'spy', target: '1004' }, supervisedLegId: leg(2), directory: directory() });
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
    played.given('RecordingAllowed', { recordingId: `${callId}-r1`, ground: 'line_always' });
    expect(keys(played)).toEqual([`apply-topology ${callId}-main among ${leg(1)} ${leg(2)}`]);
    played.when({ type: 'topology-applied', at: at(6), topologyId: `${callId}-main`, outcome: 'done', reason: null, pairs: basePairs });
    expect(keys(played)).toEqual([`start-recorder ${callId}-r1`]);
  });

  it('runs no recorder without a standing decision', () => {
    expect(keys(connectedOnSwitch())).toEqual([]);
  });

  it('stops the recorder when the decision is withdrawn, when a party leaves, and when its state is unknown', () => {
    for (const change of [
      (played: PlayedCall) => played.given('RecordingWithdrawn', { recordingId: `${callId}-r1`, reason: 'parties_parted' }),
      (played: PlayedCall) => played.when({ type: 'leg-gone', at: at(30), handle: leg(2), reason: 'hung_up' }),
      (played: PlayedCall) => played.when({ type: 'recorder-unknown', at: at(30), recordingId: `${callId}-r1`, reason: 'timeout' }),
    ]) {
      const played = connectedOnSwitch();
      played.given('RecordingAllowed', { recordingId: `${callId}-r1`, ground: 'line_always' });
      played.when({ type: 'recorder-started', at: at(7), recordingId: `${callId}-r1` });
      expect(keys(played)).toEqual([]);
      change(played);
      expect(keys(played)[0]).toMatch(/^stop-recorder/);
    }
  });

  it('answers a supervisor at once, and applies the topology when that leg has answered', () => {
    const played = supervised();
    expect(keys(played)).toEqual([`answer ${leg(3)}`]);
    played.given('SupervisionStarted', { supervisionId: 's', legId: leg(3), supervisedLegId: leg(2), mode: 'spy' });
    played.given('TopologyChanged', { topologyId: 't1', pairs: [...basePairs, { listener: leg(3), speaker: leg(1) }, { listener: leg(3), speaker: leg(2) }] });
    expect(keys(played)).toEqual([`answer ${leg(3)}`]);
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    expect(keys(played)).toEqual([`apply-topology t1 among ${leg(1)} ${leg(2)} ${leg(3)}`]);
  });

  it('hangs up a refused supervisor after the reason was heard', () => {
    const played = supervised();
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('SupervisionRefused', { legId: leg(3), reason: 'not_authorised' });
    played.when({ type: 'supervision-refused', at: at(8.2), legId: leg(3), reason: 'not_authorised', directory: directory() });
    const promptId = `${callId}-p2`;
    expect(keys(played)).toEqual([`play ${promptId}`]);
    played.when({ type: 'prompt-started', at: at(8.3), promptId });
    played.when({ type: 'prompt-ended', at: at(10), promptId, outcome: 'completed', directory: directory() });
    expect(keys(played)).toEqual([`hang-up ${leg(3)}`]);
  });

  it('takes a voice away without waiting for a supervisor whose phone has not answered yet', () => {
    const played = supervised();
    played.given('TopologyChanged', { topologyId: 't1', pairs: [{ listener: leg(1), speaker: leg(2) }, { listener: leg(3), speaker: leg(2) }] });
    expect(keys(played)).toContain(`apply-topology t1 among ${leg(1)}`);
  });

  it('lets a supervisor go when the switch could not carry the topology', () => {
    const played = supervised();
    played.when({ type: 'leg-answered', at: at(8.1), handle: 'h9', directory: directory() });
    played.given('TopologyChanged', { topologyId: 't1', pairs: [] });
    played.when({ type: 'topology-applied', at: at(9), topologyId: 't1', outcome: 'unknown', reason: 'timeout', pairs: null });
    expect(keys(played)).toContain(`hang-up ${leg(3)}`);
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
