import { describe, expect, it } from 'vitest';
import {
  at,
  callId,
  callTo,
  directory,
  leg,
  playCall,
  presses,
  summary,
  talkingCall,
} from './testing/played-call.ts';

const events = (decision: ReturnType<ReturnType<typeof playCall>['when']>) =>
  decision.outcome === 'accepted' ? decision.events : [];

describe('keys', () => {
  it('count as consent from the start of the consent greeting until an agent answers', () => {
    const played = callTo('+41445550100', undefined, {
      setting: 'opt_in',
      settingVersion: 1,
      greeting: 'opt_in',
      keyCounts: true,
    });
    const press = () => events(presses(played, 'h1', '3', 4))[0]?.data;
    expect(press()).toMatchObject({ key: null, awaitedBy: null });
    played.when({
      type: 'prompt-ended',
      at: at(2),
      promptId: `${callId}-p1`,
      outcome: 'completed',
      directory: directory(),
    });
    played.when({ type: 'prompt-started', at: at(2.1), promptId: `${callId}-p2` });
    expect(press()).toMatchObject({ key: '3', awaitedBy: 'consent', windowId: `${callId}-w1` });
  });

  it('that could not be heard for a while close the window, and open another', () => {
    const played = callTo('+41445550100', undefined, {
      setting: 'opt_in',
      settingVersion: 1,
      greeting: 'opt_in',
      keyCounts: true,
    });
    expect(summary(played.when({ type: 'keys-missed', at: at(1) }))).toBe('no_window_open');
    played.when({
      type: 'prompt-ended',
      at: at(2),
      promptId: `${callId}-p1`,
      outcome: 'completed',
      directory: directory(),
    });
    played.when({ type: 'prompt-started', at: at(2.1), promptId: `${callId}-p2` });
    const missed = played.when({ type: 'keys-missed', at: at(3) });
    expect(events(missed)).toMatchObject([
      { type: 'KeyWindowClosed', data: { reason: 'keys_not_heard' } },
      { type: 'KeyWindowOpened', data: { awaits: 'consent' } },
    ]);
  });

  it('do not count in a consent greeting that failed', () => {
    const played = callTo('+41445550100', undefined, {
      setting: 'opt_out',
      settingVersion: 1,
      greeting: 'opt_out',
      keyCounts: true,
    });
    played.when({
      type: 'prompt-ended',
      at: at(2),
      promptId: `${callId}-p1`,
      outcome: 'completed',
      directory: directory(),
    });
    played.when({ type: 'prompt-started', at: at(2.1), promptId: `${callId}-p2` });
    const failed = played.when({
      type: 'prompt-ended',
      at: at(2.2),
      promptId: `${callId}-p2`,
      outcome: 'failed',
      directory: directory(),
    });
    expect(events(failed)[1]).toMatchObject({ type: 'KeyWindowClosed', data: { reason: 'greeting_failed' } });
    expect(events(presses(played, 'h1', '3', 3))[0]?.data).toMatchObject({ key: null });
  });

  it('that went down before an agent answered count, however late they are let go, and no others', () => {
    const policy = { setting: 'opt_out', settingVersion: 1, greeting: 'opt_out', keyCounts: true } as const;
    const played = callTo('+41445550100', undefined, policy);
    const ends = (promptId: string, second: number) =>
      played.when({
        type: 'prompt-ended',
        at: at(second),
        promptId,
        outcome: 'completed',
        directory: directory(),
      });
    ends(`${callId}-p1`, 2);
    played.when({ type: 'prompt-started', at: at(2.1), promptId: `${callId}-p2` });
    ends(`${callId}-p2`, 3);
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
    expect(events(played.when({ ...held, downAt: at(5) }))[0]?.data).toMatchObject({ key: null });
    expect(events(played.when({ ...held, downAt: at(4.9) }))[0]?.data).toMatchObject({
      key: '3',
      awaitedBy: 'consent',
      windowId: `${callId}-w1`,
    });
  });

  it('that no feature waits for are masked before they reach the log', () => {
    const played = talkingCall();
    for (const key of ['4', '1', '3']) {
      expect(events(presses(played, 'h1', key, 9))[0]?.data).toEqual({
        legId: leg(1),
        key: null,
        awaitedBy: null,
        windowId: null,
      });
    }
  });

  it('of a supervisor change the mode from when it was dialled until it is refused, and only 0, 1 and 2', () => {
    const played = talkingCall();
    played.when({
      type: 'supervision-dialled',
      at: at(8),
      handle: 'h9',
      supervisor: '1001',
      callId,
      dialled: { to: 'supervision', mode: 'spy', target: '1004' },
      supervisedLegId: leg(2),
      directory: directory(),
    });
    const press = (key: string) => events(presses(played, 'h9', key, 9))[0]?.data;
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
});
