import type { CallId } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { at, keyService, type KeyState } from './fixtures/keys-service.ts';
import { accept, openMemoryStore, type Decider, type DecisionService, type EventLog } from './index.ts';

// What is checked here is that the marked lines do not compile; the type check fails when one of them does.
const actor = { kind: 'service', service: 'signaling' } as const;
const allowed = {
  type: 'RecordingAllowed',
  occurredAt: at,
  actor,
  data: { recordingId: 'r', ground: 'line_always', windowId: null },
} as const;
const rules = {
  initialState: keyService.decider.initialState,
  evolve: keyService.decider.evolve,
  isOver: () => false,
};

test('a decider of signaling cannot decide that a recording is allowed', () => {
  const decider: Decider<KeyState, object, 'RecordingAllowed'> = { ...rules, decide: () => accept(allowed) };
  const anything: Decider<KeyState, object> = decider;
  const services: readonly DecisionService<KeyState, object, 'signaling'>[] = [
    // @ts-expect-error it names an event of recording-consent
    { writer: 'signaling', inputsOf: () => [], decider },
    // @ts-expect-error it names every event
    { writer: 'signaling', inputsOf: () => [], decider: anything },
    // @ts-expect-error what it decides is not an event of signaling
    { writer: 'signaling', inputsOf: () => [], decider: { ...rules, decide: () => accept(allowed) } },
  ];
  const own: DecisionService<KeyState, object, 'recording-consent'> = {
    writer: 'recording-consent',
    inputsOf: () => [],
    decider,
  };
  expect(own.decider).toBe(services[0]?.decider);
});

test('an event of another writer is neither compiled nor stored', async () => {
  const log: EventLog = openMemoryStore().connect().log;
  const callId: CallId = '01900000-0000-7000-8000-000000000001';
  const causation = { source: 'TIMER', id: 'x', sequence: null } as const;
  const rest = { callId, writer: 'signaling', id: 'x', causation, expectedSequence: 0 } as const;
  // @ts-expect-error signaling does not write it
  const append = () => log.append({ ...rest, events: [allowed] });
  await expect(append()).rejects.toThrow(new TypeError('RecordingAllowed is not written by signaling'));
  expect(await log.load(callId)).toEqual([]);
});
