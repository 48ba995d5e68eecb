import { describe, expect, it } from 'vitest';
import {
  at,
  callId,
  callTo,
  directory,
  eventsOf,
  leg,
  playCall,
  presses,
  summary,
  talkingCall,
  waitingCaller,
} from './testing/played-call.ts';
import { readDialled } from './dial-plan.ts';
import { agentsFor } from './offers.ts';

const arrival = (dialled: string, extension: string) => ({
  type: 'leg-arrived' as const,
  at: at(0),
  handle: 'h1',
  callId,
  dialled,
  directory: directory(),
  caller: { kind: 'extension' as const, extension },
  destination: readDialled(dialled, { kind: 'extension', extension }, directory()),
});
describe('an inbound call to a group', () => {
  it("starts with the line as it stands and the customer's leg", () => {
    const played = playCall();
    const decision = played.when({
      type: 'leg-arrived',
      at: at(0),
      handle: 'h1',
      callId,
      dialled: '+41445550100',
      directory: directory(),
      caller: { kind: 'outside', number: '+41795551001' },
      destination: readDialled('+41445550100', { kind: 'outside', number: '+41795551001' }, directory()),
    });
    expect(summary(decision)).toEqual(['CallStarted', 'LegArrived']);
    expect(eventsOf(decision)[0]?.data).toMatchObject({
      direction: 'inbound',
      line: { id: 'support', exportId: 31 },
    });
  });

  it('greets the caller when the leg is answered', () => {
    expect(callTo('+41445550100').state.prompts).toMatchObject([{ kind: 'available', state: 'requested' }]);
  });

  it('asks for consent after the greeting when the decision about the line says so, then queues', () => {
    const played = callTo('+41445550100', undefined, {
      setting: 'opt_in',
      settingVersion: 1,
      greeting: 'opt_in',
      keyCounts: true,
    });
    expect(
      summary(
        played.when({
          type: 'prompt-ended',
          at: at(2),
          promptId: `${callId}-p1`,
          outcome: 'completed',
          directory: directory(),
        }),
      ),
    ).toEqual(['PromptEnded', 'PromptRequested']);
    expect(
      summary(
        played.when({
          type: 'prompt-ended',
          at: at(5),
          promptId: `${callId}-p2`,
          outcome: 'completed',
          directory: directory(),
        }),
      ),
    ).toEqual(['PromptEnded', 'QueueEntered']);
  });

  it('queues without asking when no decision about the line came in time', () => {
    expect(waitingCaller(['1004', '1005']).state.queue?.group?.id).toBe('support');
  });

  it('rings the agents who were reserved for it, and others later', () => {
    const played = waitingCaller(['1004']);
    expect(played.state.legs.map(({ agent }) => agent?.extension ?? null)).toEqual([null, '1004']);
    const noah = { extension: '1005', exportId: 15 };
    const reserved = (seconds: number, ...agents: (typeof noah)[]) =>
      summary(played.when({ type: 'agents-reserved', at: at(seconds), agents }));
    expect(reserved(7, noah)).toEqual(['LegOffered']);
    expect(reserved(8)).toBe('no_agent_free');
    expect(reserved(9, noah), 'his phone rings already').toBe('no_agent_free');
  });

  it('goes on without its recording policy when that was waited for in vain, and then asks nobody', () => {
    const played = callTo('+41445550100', undefined, null);
    expect(summary(played.when({ type: 'policy-waited-for', at: at(2.2) }))).toEqual([
      'RecordingPolicyMissed',
    ]);
    expect(summary(played.when({ type: 'policy-waited-for', at: at(2.3) }))).toBe('policy_is_known');
    played.given('RecordingPolicyApplied', {
      setting: 'opt_out',
      settingVersion: 1,
      greeting: 'opt_out',
      keyCounts: true,
    });
    expect(
      summary(
        played.when({
          type: 'prompt-ended',
          at: at(4),
          promptId: `${callId}-p1`,
          outcome: 'completed',
          directory: directory(),
        }),
      ),
    ).toEqual(['PromptEnded', 'QueueEntered']);
    expect(played.state.windows).toEqual([]);
  });

  it('connects the first agent who answers, and lets the others go as answered elsewhere', () => {
    const played = waitingCaller(['1004', '1005']);
    expect(
      summary(played.when({ type: 'leg-answered', at: at(6), handle: leg(3), directory: directory() })),
    ).toEqual(['LegAnswered', 'ConversationChanged']);
    const gone = played.when({ type: 'leg-gone', at: at(6.1), handle: leg(2), reason: 'missed' });
    expect(eventsOf(gone)[0]?.data).toEqual({ legId: leg(2), reason: 'answered_elsewhere' });
  });

  it('is abandoned in the queue when the caller hangs up there', () => {
    const decision = waitingCaller().when({ type: 'leg-gone', at: at(9), handle: 'h1', reason: 'hung_up' });
    expect(eventsOf(decision).at(-1)).toMatchObject({
      type: 'CallEnded',
      data: { completion: 'abandoned_in_queue' },
    });
  });

  it('waits on when nobody took it, and leaves alone for a while who declined or could not be reached', () => {
    for (const reason of ['unreachable', 'declined'] as const) {
      const played = waitingCaller(['1004']);
      expect(summary(played.when({ type: 'leg-gone', at: at(7), handle: leg(2), reason }))).toEqual([
        'LegEnded',
      ]);
      expect(agentsFor(played.state, directory(['1004']), at(8))).toEqual([]);
      expect(agentsFor(played.state, directory(['1004']), at(40))).toMatchObject([{ extension: '1004' }]);
    }
  });

  it('is completed when either party hangs up', () => {
    for (const handle of ['h1', leg(2)]) {
      const decision = talkingCall().when({ type: 'leg-gone', at: at(60), handle, reason: 'hung_up' });
      expect(eventsOf(decision).at(-1)).toMatchObject({
        type: 'CallEnded',
        data: { completion: 'completed' },
      });
    }
  });
});

describe('a menu', () => {
  it('leads a chosen key to its group without a consent greeting', () => {
    const played = callTo('+41445550200');
    expect(played.state.menuId).toBe('sales');
    const decision = presses(played, 'h1', '1', 2, ['2001']);
    expect(summary(decision)).toEqual(['KeyPressed', 'KeyWindowClosed', 'MenuChosen', 'QueueEntered']);
  });

  it('opens the window of the consent key where it leads into the queue of a line that asks', () => {
    const played = callTo('+41445550200', undefined, {
      setting: 'opt_out',
      settingVersion: 1,
      greeting: 'opt_out',
      keyCounts: true,
    });
    presses(played, 'h1', '1', 2, ['2001']);
    expect(played.state.windows.map(({ awaits, isOpen }) => [awaits, isOpen])).toEqual([
      ['menu', false],
      ['consent', true],
    ]);
    expect(eventsOf(presses(played, 'h1', '3', 3))[0]?.data).toMatchObject({
      key: '3',
      awaitedBy: 'consent',
      windowId: `${callId}-w2`,
    });
  });

  it('takes 3 as a menu choice, not as consent', () => {
    const played = callTo('+41445550200', undefined, {
      setting: 'opt_out',
      settingVersion: 1,
      greeting: 'opt_out',
      keyCounts: true,
    });
    expect(eventsOf(presses(played, 'h1', '3', 2))[0]?.data).toMatchObject({ key: '3', awaitedBy: 'menu' });
  });

  it('is said three times to a caller who presses nothing, then the call ends', () => {
    const played = callTo('+41445550200');
    const ended = (n: number) =>
      summary(
        played.when({
          type: 'prompt-ended',
          at: at(5 * n),
          promptId: `${callId}-p${n}`,
          outcome: 'completed',
          directory: directory(),
        }),
      );
    expect(ended(1)).toEqual(['PromptEnded', 'PromptRequested']);
    expect(ended(2)).toEqual(['PromptEnded', 'PromptRequested']);
    expect(ended(3)).toEqual(['PromptEnded', 'KeyWindowClosed', 'CallEnded']);
  });
});

describe('what an extension dials', () => {
  it('reaches the outside through its line, and is connected when both have answered', () => {
    const played = playCall();
    expect(summary(played.when(arrival('+41795551001', '1004')))).toEqual([
      'CallStarted',
      'LegArrived',
      'LegOffered',
    ]);
    expect(played.state).toMatchObject({ direction: 'outbound', line: { id: 'support' } });
    expect(
      summary(played.when({ type: 'leg-answered', at: at(5), handle: leg(2), directory: directory() })),
    ).toEqual(['LegAnswered']);
    expect(
      summary(played.when({ type: 'leg-answered', at: at(5.1), handle: 'h1', directory: directory() })),
    ).toEqual(['LegAnswered', 'ConversationChanged']);
  });

  it('reaches another extension as an internal call without a line', () => {
    const played = playCall();
    played.when(arrival('1005', '1004'));
    expect(played.state).toMatchObject({ direction: 'internal', line: null });
    expect(
      eventsOf(played.when({ type: 'leg-gone', at: at(20), handle: leg(2), reason: 'declined' })).at(-1),
    ).toMatchObject({ type: 'CallEnded', data: { completion: 'not_answered' } });
  });

  it('is read by the longest service code that fits', () => {
    expect(readDialled('*901004', { kind: 'extension', extension: '1001' }, directory())).toEqual({
      to: 'supervision',
      mode: 'spy',
      target: '1004',
    });
    expect(readDialled('*91888', { kind: 'extension', extension: '1001' }, directory())).toEqual({
      to: 'supervision',
      mode: 'whisper',
      target: '888',
    });
    expect(readDialled('*901004', { kind: 'outside', number: '+41795551001' }, directory())).toEqual({
      to: 'nothing',
    });
  });

  it('leads nowhere when it is neither line, extension, code nor number', () => {
    expect(summary(playCall().when(arrival('7777', '1004')))).toBe('number_leads_nowhere');
  });
});

describe('the same report twice', () => {
  it('is ignored with its reason', () => {
    const played = talkingCall();
    expect(
      summary(played.when({ type: 'leg-answered', at: at(6), handle: leg(2), directory: directory() })),
    ).toBe('leg_already_answered');
    played.when({ type: 'leg-gone', at: at(60), handle: 'h1', reason: 'hung_up' });
    expect(summary(played.when({ type: 'leg-gone', at: at(60), handle: 'h1', reason: 'hung_up' }))).toBe(
      'leg_already_ended',
    );
  });
});
