import { expect, it } from 'vitest';
import type { SwitchSnapshot } from '../domain/switch.ts';
import { callId, leg, talkingCall } from '../domain/testing/played-call.ts';
import { seenByCall } from './seen-of-call.ts';

const other = '01900000-0000-7000-8000-000000000002';
const talking = talkingCall().state;

const answered = (handle: string): SwitchSnapshot['legs'][number] => ({
  handle,
  state: 'answered',
  arrival: null,
});

const snapshot: SwitchSnapshot = {
  legs: ['h1', 'h2', leg(2), `${other}-l2`].map(answered),
  bridges: [callId, other].map((id) => ({ bridge: `${id}-main.1-1`, participants: [`${id}-l2`] })),
  snoops: [callId, other].map((id) => ({ snoop: `${id}-spy.1-2`, on: `${id}-l2`, speaksTo: 'nobody' })),
  recorders: [callId, other].map((id) => ({ recordingId: `${id}-r1`, bridge: `${id}-main.1-1` })),
  prompts: [`${callId}-p1`, `${other}-p1`],
  keys: ['h1', `${other}-l2`].map((handle) => ({ handle, key: '0', at: '2026-01-05T09:00:00.000Z' })),
};

it('of a call its legs are seen, also the one that dialled in, and what carries its id; nothing of another call', () => {
  expect(seenByCall(snapshot)(callId, talking)).toEqual({
    legs: ['h1', leg(2)].map(answered),
    bridges: [{ bridge: `${callId}-main.1-1`, participants: [leg(2)] }],
    snoops: [{ snoop: `${callId}-spy.1-2`, on: leg(2), speaksTo: 'nobody' }],
    recorders: [{ recordingId: `${callId}-r1`, bridge: `${callId}-main.1-1` }],
    prompts: [`${callId}-p1`],
    keys: [{ handle: 'h1', key: '0', at: '2026-01-05T09:00:00.000Z' }],
  });
});

it('of a call that is no longer on the switch nothing is seen', () => {
  const nothing: SwitchSnapshot = { legs: [], bridges: [], snoops: [], recorders: [], prompts: [], keys: [] };
  expect(seenByCall(nothing)(callId, talking)).toEqual(nothing);
});
