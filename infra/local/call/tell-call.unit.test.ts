import { describe, expect, it } from 'vitest';
import { eventSchemas, type CallEvent, type EventType, type Facts } from '@earshot/contracts';
import { inOrder, type Entry, type ToldCommit } from './entry.ts';
import { maskPersonal } from './mask-personal.ts';
import { tellCall } from './tell-call.ts';

const callId = '01900000-0000-7000-8000-000000000001';
const began = Date.UTC(2026, 0, 5, 9, 30);
interface Told {
  readonly writer?: CallEvent['writer'];
  readonly cause?: CallEvent['causation'];
}
const event = <T extends EventType>(
  type: T,
  sequence: number,
  data: Facts[T],
  { writer = 'signaling', cause }: Told = {},
): CallEvent =>
  ({
    type,
    data,
    id: `${sequence}/0`,
    callId,
    tenant: 'demo',
    writer,
    sequence,
    index: 0,
    actor: { kind: 'api', user: 'emma@example.com' },
    occurredAt: new Date(began + sequence * 1000).toISOString(),
    recordedAt: new Date(began + sequence * 1000).toISOString(),
    causation: cause ?? { source: 'SWITCH', id: 'x', sequence: null },
  }) as CallEvent;
const commit = (...events: readonly [CallEvent, ...CallEvent[]]): ToldCommit => ({
  kind: 'commit',
  at: Date.parse(events[0].recordedAt),
  sequence: events[0].sequence,
  writer: events[0].writer,
  events,
});

const line = { id: 'support', exportId: 1, number: '+41445550100', name: 'Support', type: 'phone' } as const;
const started = commit(
  event('CallStarted', 1, { direction: 'inbound', line, from: '+41795551001', to: '+41445550100' }),
  event('LegArrived', 1, {
    legId: `${callId}-l1`,
    handle: 'h',
    party: 'customer',
    agent: null,
    number: '+41795551001',
  }),
);
const rings = commit(
  event('LegOffered', 2, {
    legId: `${callId}-l2`,
    party: 'agent',
    agent: { extension: '1004', exportId: 1 },
    number: null,
    group: null,
    ringForMs: 20_000,
  }),
);
const key = event('KeyPressed', 3, { legId: `${callId}-l1`, key: '3', awaitedBy: 'consent', windowId: null });
const chosen = commit(
  event(
    'ConsentChosen',
    4,
    { choice: 'caller_opted_in', key: '3' },
    {
      writer: 'recording-consent',
      cause: { source: 'CALLS', id: key.id, sequence: 3 },
    },
  ),
);
const ignored: Entry = {
  kind: 'ignored',
  at: began + 5000,
  service: 'supervision',
  input: 'key-pressed',
  because: 'not_supervising',
  cause: key.id,
  sequence: 3,
};
const unreadable: Entry = {
  kind: 'unreadable',
  at: began + 6000,
  sequence: 6,
  subject: 'calls.1.x.signaling',
  problem: 'The message is not JSON',
};
const deadLetter: Entry = {
  kind: 'dead-letter',
  at: began + 7000,
  service: 'reporting',
  sequence: 6,
  cause: '6',
  problem: 'TypeError: +41795551001 is odd',
};
const all = [started, rings, commit(key), chosen, ignored, unreadable, deadLetter];

const told = (showPersonal: boolean): string => {
  const teller = tellCall({ colour: false, showPersonal, people: { 1004: 'Olivia' } });
  return inOrder(all)
    .flatMap((entry) => teller(entry))
    .join('\n');
};

describe('a call that is told', () => {
  it('says who decided what because of which message, and what was ignored, unreadable or given up', () => {
    const text = told(false);
    expect(text).toContain('3 the caller agrees to the recording');
    expect(text).toContain(
      '↳ recording-consent, message 4: ConsentChosen; because of KeyPressed in message 3 of signaling',
    );
    expect(text).toContain('4.0 s   · supervision ignores key-pressed: not supervising');
    expect(text).toContain('! message 6 cannot be read: The message is not JSON');
    expect(text).toContain('! reporting gave up on message 6: TypeError');
  });

  it('names no number, no person and no text of an error', () => {
    const text = told(false);
    expect(text).toContain(
      'Call 01900000-0000-7000-8000-000000000001: inbound, from …01 to …00, line Support, 2026-01-05 09:30:01 UTC',
    );
    for (const personal of ['+4179', 'Olivia', 'is odd', 'emma']) expect(text).not.toContain(personal);
    expect(text).toContain("1004's phone rings");
  });

  it('names them when it is asked to', () => {
    const text = told(true);
    for (const personal of ['from +41795551001', "Olivia's phone rings", '+41795551001 is odd'])
      expect(text).toContain(personal);
  });

  it('keeps the order of the log when the clocks of two services differ', () => {
    const early = { ...chosen, at: began };
    expect(inOrder([early, commit(key), rings, started]).map(({ sequence }) => sequence)).toEqual([
      1, 2, 3, 4,
    ]);
  });
});

it('every text that a contract marks as personal is masked, whichever event bears it', () => {
  const marked = Object.entries(eventSchemas).flatMap(([type, schema]) =>
    Object.entries(schema.properties)
      .filter(([, field]) => JSON.stringify(field).includes('"personal":true'))
      .map(([field]) => [type, field] as const),
  );
  expect(marked.length).toBeGreaterThan(3);
  for (const [type, field] of marked) {
    const masked = maskPersonal({ ...key, type, data: { [field]: '+41795551001' } } as unknown as CallEvent);
    expect(masked.data).toEqual({ [field]: '…01' });
  }
});
