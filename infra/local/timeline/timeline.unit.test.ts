import { describe, expect, it } from 'vitest';
import type { CallEvent, EventType, Facts } from '@earshot/contracts';
import { createTimeline } from './timeline.ts';

const callId = '01900000-0000-7000-8000-000000000001';
const event = <T extends EventType>(type: T, seconds: number, data: Facts[T]): CallEvent => ({
  type, data, id: `${type}${seconds}`, callId, tenant: 'demo', writer: 'signaling', sequence: 1, index: 0, actor: { kind: 'switch' },
  occurredAt: new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toISOString(), recordedAt: '2026-01-05T00:00:00.000Z',
  causation: { source: 'SWITCH', id: 'x', sequence: null },
} as CallEvent);
const leg = (n: number): string => `${callId}-l${n}`;
const agent = (extension: string) => ({ extension, exportId: 1 });

const supervisedCall: readonly CallEvent[] = [
  event('CallStarted', 0, { direction: 'inbound', line: { id: 'support', exportId: 1, number: '+41445550100', name: 'Support', type: 'phone' }, from: '+41795551001', to: '+41445550100' }),
  event('LegArrived', 0, { legId: leg(1), handle: 'h', party: 'customer', agent: null, number: '+41795551001' }),
  event('LegOffered', 2, { legId: leg(2), party: 'agent', agent: agent('1004'), number: null, group: null, ringForMs: 20_000 }),
  event('PartiesConnected', 4, { legIds: [leg(1), leg(2)], bridgeId: 'b' }),
  event('RecorderStarted', 4.1, { recordingId: 'r' }),
  event('LegArrived', 6, { legId: leg(3), handle: 'h3', party: 'supervisor', agent: agent('1001'), number: null }),
  event('SupervisionStarted', 6, { supervisionId: 'v', legId: leg(3), supervisedLegId: leg(2), mode: 'spy' }),
  event('SupervisionModeChanged', 9, { supervisionId: 'v', mode: 'whisper' }),
  event('SupervisionModeChanged', 12, { supervisionId: 'v', mode: 'barge' }),
  event('CallEnded', 15, { completion: 'completed' }),
];

describe('the timeline of a supervised call', () => {
  const timeline = createTimeline({ 1001: 'Benjamin', 1004: 'Olivia' }, { colour: false });
  const lines = supervisedCall.flatMap((each) => timeline.linesOf(each));

  it('tells it in sentences with names and seconds', () => {
    expect(lines[0]).toMatch(/^ {2}A {4}0\.0 s {3}☎ a customer calls the line Support/);
    expect(lines.join('\n')).toContain('Olivia\'s phone rings');
    expect(lines.at(-1)).toContain('the call is over: completed');
  });

  it('draws who hears whom in each mode', () => {
    const pictures = lines.map((line) => line.slice(line.lastIndexOf('  ') + 2)).filter((picture) => picture.startsWith('customer ◀━▶'));
    expect(new Set(pictures)).toEqual(new Set([
      'customer ◀━▶ Olivia', 'customer ◀━▶ Olivia ──▷ Benjamin', 'customer ◀━▶ Olivia ◁─▷ Benjamin', 'customer ◀━▶ Olivia ◀━▶ Benjamin',
    ]));
  });

  it('shows while the recorder runs', () => {
    expect(lines.filter((line) => line.includes(' s ● ')).length).toBeGreaterThan(3);
  });
});
