import { describe, expect, it } from 'vitest';
import {
  at,
  callId,
  callTo,
  directory,
  eventsOf,
  leg,
  presses,
  promptEnds,
  summary,
  supervisorDials,
  talkingCall,
  type PlayedCall,
} from './testing/played-call.ts';

/** A caller of a line whose setting asks, while the greeting before the question plays. */
const callThatAsks = (setting: 'opt_in' | 'opt_out') =>
  callTo('+41445550100', undefined, { setting, settingVersion: 1, greeting: setting, keyCounts: true });

/** The greeting that agents are available is over, and the consent greeting begins. */
const consentGreetingBegins = (played: PlayedCall) => {
  promptEnds(played, 'p1', 2);
  played.when({ type: 'prompt-started', at: at(2.1), promptId: `${callId}-p2` });
};

describe('keys', () => {
  it('count as consent from the start of the consent greeting until an agent answers', () => {
    const played = callThatAsks('opt_in');
    const press = () => eventsOf(presses(played, 'h1', '3', 4))[0]?.data;
    expect(press()).toMatchObject({ key: null, awaitedBy: null });
    consentGreetingBegins(played);
    expect(press()).toMatchObject({ key: '3', awaitedBy: 'consent', windowId: `${callId}-w1` });
  });

  it('that could not be heard for a while close the window, and open another', () => {
    const played = callThatAsks('opt_in');
    expect(summary(played.when({ type: 'keys-missed', at: at(1) }))).toBe('no_window_open');
    consentGreetingBegins(played);
    const missed = played.when({ type: 'keys-missed', at: at(3) });
    expect(eventsOf(missed)).toMatchObject([
      { type: 'KeyWindowClosed', data: { reason: 'keys_not_heard' } },
      { type: 'KeyWindowOpened', data: { awaits: 'consent' } },
    ]);
  });

  it('do not count in a consent greeting that failed', () => {
    const played = callThatAsks('opt_out');
    consentGreetingBegins(played);
    const failed = promptEnds(played, 'p2', 2.2, 'failed');
    expect(eventsOf(failed)[1]).toMatchObject({
      type: 'KeyWindowClosed',
      data: { reason: 'greeting_failed' },
    });
    expect(eventsOf(presses(played, 'h1', '3', 3))[0]?.data).toMatchObject({ key: null });
  });

  it('that went down before an agent answered count, however late they are let go, and no others', () => {
    const played = callThatAsks('opt_out');
    consentGreetingBegins(played);
    promptEnds(played, 'p2', 3);
    played.given('LegOffered', {
      legId: leg(2),
      party: 'agent',
      agent: { extension: '1004', exportId: 11 },
      number: null,
      group: null,
      ringForMs: 20_000,
    });
    played.when({ type: 'leg-answered', at: at(5), handle: leg(2), directory: directory() });
    const held = { type: 'key-pressed', at: at(6), handle: 'h1', key: '3', directory: directory() } as const;
    expect(eventsOf(played.when({ ...held, downAt: at(5) }))[0]?.data).toMatchObject({ key: null });
    expect(eventsOf(played.when({ ...held, downAt: at(4.9) }))[0]?.data).toMatchObject({
      key: '3',
      awaitedBy: 'consent',
      windowId: `${callId}-w1`,
    });
  });

  it('that were let go before the question was put do not count when they are told after it', () => {
    const played = callThatAsks('opt_in');
    consentGreetingBegins(played);
    expect(eventsOf(presses(played, 'h1', '3', 2.1))[0]?.data).toMatchObject({ key: null });
    expect(eventsOf(presses(played, 'h1', '3', 2.2))[0]?.data).toMatchObject({ key: '3' });
  });

  it('that no feature waits for are masked before they reach the log', () => {
    const played = talkingCall();
    for (const key of ['4', '1', '3']) {
      expect(eventsOf(presses(played, 'h1', key, 9))[0]?.data).toEqual({
        legId: leg(1),
        key: null,
        awaitedBy: null,
        windowId: null,
      });
    }
  });

  it('of a supervisor change the mode from when it was dialled until it is refused, and only 0, 1 and 2', () => {
    const played = talkingCall();
    supervisorDials(played);
    const press = (key: string) => eventsOf(presses(played, 'h9', key, 9))[0]?.data;
    expect(press('1')).toMatchObject({ key: '1', awaitedBy: 'supervision' });
    played.given('SupervisionStarted', {
      supervisionId: 's',
      legId: leg(3),
      supervisedLegId: leg(2),
      mode: 'spy',
    });
    expect(press('1')).toMatchObject({ key: '1', awaitedBy: 'supervision' });
    expect(press('7')).toMatchObject({ key: null, awaitedBy: null });
    played.given('SupervisionEnded', { supervisionId: 's', legId: leg(3), reason: 'permission_withdrawn' });
    expect(press('1')).toMatchObject({ key: null, awaitedBy: null });
  });

  it('of a supervisor leave the newest as the newest, whatever reaches the log behind it', () => {
    const played = talkingCall();
    supervisorDials(played);
    const newest = () => played.state.legs.find(({ handle }) => handle === 'h9')?.modeKeyAt;
    expect(newest()).toBeNull();
    presses(played, 'h9', '7', 9);
    expect(newest()).toBeNull();
    presses(played, 'h9', '0', 11);
    presses(played, 'h9', '2', 10);
    expect(newest()).toBe(at(11));
  });

  it('of a supervisor that supervision refused take no voice away any more, unless another was pressed since', () => {
    const played = talkingCall();
    supervisorDials(played);
    played.given('SupervisionStarted', {
      supervisionId: 's',
      legId: leg(3),
      supervisedLegId: leg(2),
      mode: 'barge',
    });
    const asked = () => played.state.supervisors[0]?.pressed?.mode ?? null;
    const refused = (mode: 'spy' | 'whisper', keysUpTo: number) =>
      played.given('SupervisionModeRefused', {
        ...{ supervisionId: 's', mode, keysUpTo },
        reason: 'mode_not_permitted',
      });
    const first = eventsOf(presses(played, 'h9', '0', 9));
    expect([first.length, asked()]).toEqual([1, 'spy']);
    const sequence = played.state.supervisors[0]?.pressed?.sequence ?? 0;
    presses(played, 'h9', '1', 10);
    refused('spy', sequence);
    expect(asked()).toBe('whisper');
    refused('whisper', played.state.supervisors[0]?.pressed?.sequence ?? 0);
    expect(asked()).toBeNull();
  });
});
