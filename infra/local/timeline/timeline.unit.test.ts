import { describe, expect, it } from 'vitest';
import type { CallEvent, EventType, Facts } from '@earshot/contracts';
import { createTimeline } from './timeline.ts';

const callId = '01900000-0000-7000-8000-000000000001';
const event = <T extends EventType>(type: T, seconds: number, data: Facts[T]): CallEvent =>
  ({
    type,
    data,
    id: `${type}${seconds}`,
    callId,
    tenant: 'demo',
    writer: 'signaling',
    sequence: 1,
    index: 0,
    actor: { kind: 'switch' },
    occurredAt: new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toISOString(),
    recordedAt: '2026-01-05T00:00:00.000Z',
    causation: { source: 'SWITCH', id: 'x', sequence: null },
  }) as CallEvent;
const leg = (n: number): string => `${callId}-l${n}`;
const agent = (extension: string) => ({ extension, exportId: 1 });

const supervisedCall: readonly CallEvent[] = [
  event('CallStarted', 0, {
    direction: 'inbound',
    line: { id: 'support', exportId: 1, number: '+41445550100', name: 'Support', type: 'phone' },
    from: '+41795551001',
    to: '+41445550100',
  }),
  event('LegArrived', 0, {
    legId: leg(1),
    handle: 'h',
    party: 'customer',
    agent: null,
    number: '+41795551001',
  }),
  event('LegOffered', 2, {
    legId: leg(2),
    party: 'agent',
    agent: agent('1004'),
    number: null,
    group: null,
    ringForMs: 20_000,
  }),
  event('KeyWindowOpened', 1, { windowId: 'w', legId: leg(1), awaits: 'consent' }),
  event('KeyWindowClosed', 4, { windowId: 'w', reason: 'connected' }),
  event('ConversationChanged', 4, {
    revision: 1,
    parties: [
      { legId: leg(1), as: 'talking' },
      { legId: leg(2), as: 'talking' },
    ],
  }),
  event('RecorderStarted', 4.1, { recordingId: 'r' }),
  event('LegArrived', 6, {
    legId: leg(3),
    handle: 'h3',
    party: 'supervisor',
    agent: agent('1001'),
    number: null,
  }),
  event('SupervisionStarted', 6, { supervisionId: 'v', legId: leg(3), supervisedLegId: leg(2), mode: 'spy' }),
  event('SupervisionModeChanged', 9, { supervisionId: 'v', mode: 'whisper', keysUpTo: null }),
  event('SupervisionModeChanged', 12, { supervisionId: 'v', mode: 'barge', keysUpTo: null }),
  event('ConversationChanged', 14, { revision: 2, parties: [{ legId: leg(2), as: 'talking' }] }),
  event('CallEnded', 15, { completion: 'completed' }),
  event('RecordingCollected', 16, { recordingId: 'r', durationMs: 10_800, cutMs: 140 }),
];

describe('the timeline of a supervised call', () => {
  const timeline = createTimeline({ 1001: 'Benjamin', 1004: 'Olivia' }, { colour: false });
  const lines = supervisedCall.flatMap((each) => timeline.linesOf(each));

  it('tells it in sentences with names and seconds', () => {
    expect(lines[0]).toMatch(/^ {2}A {4}0\.0 s {3}☎ a customer calls the line Support/);
    expect(lines.join('\n')).toContain("Olivia's phone rings");
    expect(lines.at(-2)).toContain('the call is over: completed');
  });

  it('tells when a key of the caller began to count, and of its end only what nothing else says', () => {
    expect(lines.filter((line) => line.includes('⌨')).map((line) => line.slice(line.indexOf('⌨')))).toEqual([
      '⌨ from now on key 3 of the caller counts',
    ]);
    const spoilt = timeline.linesOf(
      event('KeyWindowClosed', 17, { windowId: 'w', reason: 'keys_not_heard' }),
    );
    expect(spoilt.join('\n')).toContain('what the caller presses is not heard');
  });

  it('tells how much of a recording can be fetched, and how much was thrown away', () => {
    expect(lines.at(-1)).toContain(
      '10.8 s of recording can be fetched (0.1 s were not allowed and are thrown away)',
    );
  });

  it('says once who talks, and nothing of who is left alone', () => {
    expect(
      lines
        .filter((line) => line.includes('✆'))
        .map((line) => line.slice(line.indexOf('✆'), line.indexOf('talk') + 4)),
    ).toEqual(['✆ customer and Olivia talk']);
  });

  it('draws who hears whom in each mode', () => {
    const pictures = lines
      .map((line) => line.slice(line.lastIndexOf('  ') + 2))
      .filter((picture) => picture.startsWith('customer ◀━▶'));
    expect(new Set(pictures)).toEqual(
      new Set([
        'customer ◀━▶ Olivia',
        'customer ◀━▶ Olivia ──▷ Benjamin',
        'customer ◀━▶ Olivia ◁─▷ Benjamin',
        'customer ◀━▶ Olivia ◀━▶ Benjamin',
      ]),
    );
  });

  it('shows while the recorder runs', () => {
    expect(lines.filter((line) => line.includes(' s ● ')).length).toBeGreaterThan(3);
  });
});

it('the timeline of a consultation tells who is on hold, and who hears whom meanwhile', () => {
  const timeline = createTimeline({ 1004: 'Olivia', 1005: 'Noah' }, { colour: false });
  const lines = [
    ...supervisedCall.slice(0, 3),
    event('LegOffered', 3, {
      legId: leg(3),
      party: 'agent',
      agent: agent('1005'),
      number: null,
      group: null,
      ringForMs: 20_000,
    }),
    event('ConversationChanged', 4, {
      revision: 1,
      parties: [
        { legId: leg(1), as: 'held' },
        { legId: leg(2), as: 'consulting' },
        { legId: leg(3), as: 'consulting' },
      ],
    }),
  ].flatMap((each) => timeline.linesOf(each));
  expect(lines.at(-1)).toContain('‖ Olivia and Noah consult, customer on hold');
  expect(lines.at(-1)?.endsWith('Olivia ◀━▶ Noah (customer)')).toBe(true);
});
