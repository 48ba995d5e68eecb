import type { HearEachOther, Parties } from '@earshot/contracts';
import { describe, expect, it } from 'vitest';
import { topologyOf } from './topology.ts';

const talking = (...legIds: readonly string[]): Parties => legIds.map((legId) => ({ legId, as: 'talking' }));
const parties = talking('customer', 'olivia');
const benjamin = (mode: 'spy' | 'whisper' | 'barge') => ({
  legId: 'benjamin',
  supervisedLegId: 'olivia',
  mode,
});
const emma = (mode: 'spy' | 'whisper' | 'barge') => ({ legId: 'emma', supervisedLegId: 'olivia', mode });
const told = (
  parties: Parties,
  supervisions: Parameters<typeof topologyOf>[1],
  hearEachOther: HearEachOther = 'barging',
) =>
  topologyOf(parties, supervisions, hearEachOther)
    .map(({ listener, speaker }) => `${listener} hears ${speaker}`)
    .toSorted();

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
    {
      first: 'barge',
      second: 'spy',
      more: ['customer hears benjamin', 'olivia hears benjamin', 'emma hears benjamin'],
    },
    {
      first: 'barge',
      second: 'whisper',
      more: ['customer hears benjamin', 'olivia hears benjamin', 'emma hears benjamin', 'olivia hears emma'],
    },
    {
      first: 'barge',
      second: 'barge',
      more: [
        'customer hears benjamin',
        'olivia hears benjamin',
        'emma hears benjamin',
        'customer hears emma',
        'olivia hears emma',
        'benjamin hears emma',
      ],
    },
  ] as const)(
    'lets only a barging supervisor be heard by another: $first beside $second',
    ({ first, second, more }) => {
      const both = [...benjaminListens, 'emma hears customer', 'emma hears olivia'];
      expect(told(parties, [benjamin(first), emma(second)])).toEqual([...talk, ...both, ...more].toSorted());
    },
  );

  it('lets a whisper on an internal call reach the supervised colleague only', () => {
    expect(told(talking('noah', 'olivia'), [benjamin('whisper')])).toEqual([
      'benjamin hears noah',
      'benjamin hears olivia',
      'noah hears olivia',
      'olivia hears benjamin',
      'olivia hears noah',
    ]);
  });

  it('lets nobody hear anybody once the parties have parted', () => {
    expect(told([], [benjamin('barge'), emma('barge')])).toEqual([]);
  });
});

describe('who hears whom while not everybody talks with everybody', () => {
  const consultation: Parties = [
    { legId: 'customer', as: 'held' },
    { legId: 'olivia', as: 'consulting' },
    { legId: 'noah', as: 'consulting' },
  ];

  it('lets all who talk hear each other, and a barging supervisor all of them', () => {
    const three = talking('customer', 'olivia', 'noah');
    expect(told(three, [benjamin('barge')])).toHaveLength(3 * 2 + 2 * 3);
    expect(told(three, [benjamin('whisper')]).filter((pair) => pair.endsWith('hears benjamin'))).toEqual([
      'olivia hears benjamin',
    ]);
  });

  it('keeps a customer on hold out of a consultation and out of what a supervisor says in it', () => {
    expect(told(consultation, [benjamin('barge')])).toEqual([
      'benjamin hears noah',
      'benjamin hears olivia',
      'noah hears benjamin',
      'noah hears olivia',
      'olivia hears benjamin',
      'olivia hears noah',
    ]);
  });

  it.each([
    { mode: 'spy', more: [] },
    { mode: 'whisper', more: ['olivia hears benjamin'] },
    { mode: 'barge', more: ['olivia hears benjamin'] },
  ] as const)(
    'leaves a supervisor with the supervised leg alone while that one is held: $mode',
    ({ mode, more }) => {
      const olivia: Parties = [{ legId: 'olivia', as: 'held' }, ...talking('customer', 'noah')];
      expect(told(olivia, [benjamin(mode)])).toEqual([
        'benjamin hears olivia',
        'customer hears noah',
        'noah hears customer',
        ...more,
      ]);
    },
  );

  it('lets a barging supervisor be heard by the supervisors of the same company, not by those of another', () => {
    const apart: Parties = [
      ...talking('customer', 'olivia'),
      { legId: 'noah', as: 'consulting' },
      { legId: 'mia', as: 'consulting' },
    ];
    const ofNoah = { legId: 'emma', supervisedLegId: 'noah', mode: 'spy' } as const;
    expect(told(apart, [benjamin('barge'), ofNoah]).filter((pair) => pair.startsWith('emma'))).toEqual([
      'emma hears mia',
      'emma hears noah',
    ]);
    expect(told(talking('customer', 'olivia', 'noah'), [benjamin('barge'), ofNoah])).toContain(
      'emma hears benjamin',
    );
  });
});
