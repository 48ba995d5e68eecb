import { describe, expect, it } from 'vitest';
import { topologyOf } from './topology.ts';

const parties = ['customer', 'olivia'];
const benjamin = (mode: 'spy' | 'whisper' | 'barge') => ({ legId: 'benjamin', supervisedLegId: 'olivia', mode });
const emma = (mode: 'spy' | 'whisper' | 'barge') => ({ legId: 'emma', supervisedLegId: 'olivia', mode });
const told = (...args: Parameters<typeof topologyOf>) => topologyOf(...args).map(({ listener, speaker }) => `${listener} hears ${speaker}`).toSorted();

const talk = ['customer hears olivia', 'olivia hears customer'];
const benjaminListens = ['benjamin hears customer', 'benjamin hears olivia'];

describe('who hears whom on a supervised call', () => {
  it('lets the two parties hear each other when nobody supervises', () => {
    expect(told(parties, [])).toEqual(talk);
  });

  it.each([
    { mode: 'spy', more: [] },
    { mode: 'whisper', more: ['olivia hears benjamin'] },
    { mode: 'barge', more: ['customer hears benjamin', 'olivia hears benjamin'] },
  ] as const)('keeps the table of modes: $mode', ({ mode, more }) => {
    expect(told(parties, [benjamin(mode)])).toEqual([...talk, ...benjaminListens, ...more].toSorted());
  });

  it.each([
    { first: 'spy', second: 'spy', more: [] },
    { first: 'whisper', second: 'spy', more: ['olivia hears benjamin'] },
    { first: 'whisper', second: 'whisper', more: ['olivia hears benjamin', 'olivia hears emma'] },
    { first: 'barge', second: 'spy', more: ['customer hears benjamin', 'olivia hears benjamin', 'emma hears benjamin'] },
    { first: 'barge', second: 'whisper', more: ['customer hears benjamin', 'olivia hears benjamin', 'emma hears benjamin', 'olivia hears emma'] },
    { first: 'barge', second: 'barge', more: ['customer hears benjamin', 'olivia hears benjamin', 'emma hears benjamin', 'customer hears emma', 'olivia hears emma', 'benjamin hears emma'] },
  ] as const)('lets only a barging supervisor be heard by another: $first beside $second', ({ first, second, more }) => {
    const both = [...benjaminListens, 'emma hears customer', 'emma hears olivia'];
    expect(told(parties, [benjamin(first), emma(second)])).toEqual([...talk, ...both, ...more].toSorted());
  });

  it('lets a whisper on an internal call reach the supervised colleague only', () => {
    expect(told(['noah', 'olivia'], [benjamin('whisper')]))
      .toEqual(['benjamin hears noah', 'benjamin hears olivia', 'noah hears olivia', 'olivia hears benjamin', 'olivia hears noah']);
  });

  it('lets nobody hear anybody once the parties have parted', () => {
    expect(told([], [benjamin('barge'), emma('barge')])).toEqual([]);
  });
});
