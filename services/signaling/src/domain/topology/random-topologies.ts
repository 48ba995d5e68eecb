import type { CallId, HearingPair } from '@earshot/contracts';
import fc from 'fast-check';
import type { SeatedLeg } from './layout-of.ts';

/** For property tests: a call with up to three parties and three supervisors, in every mode, coming and going. */
export const callId = '019b76da-a800-7af4-bab1-bc67c7cc3363' as CallId;

const leg = (ordinal: number, party: SeatedLeg['party'], handle = `${callId}-l${ordinal}`): SeatedLeg => ({
  legId: `${callId}-l${ordinal}`,
  handle,
  party,
});
export const customer = leg(1, 'customer', '1767225600.1');
export const agent = leg(2, 'agent');
export const colleague = leg(3, 'agent');
export const supervisors = [leg(4, 'supervisor', '1767225600.2'), leg(5, 'supervisor'), leg(6, 'supervisor')];
export const everyLeg = [customer, agent, colleague, ...supervisors];

export interface Seating {
  readonly parties: readonly SeatedLeg[];
  readonly supervising: readonly {
    readonly leg: SeatedLeg;
    readonly mode: 'spy' | 'whisper' | 'barge';
    readonly on: SeatedLeg;
  }[];
}

/** The table of modes (docs/product.md 1), by leg ids. */
export const pairsOf = ({ parties, supervising }: Seating): HearingPair[] => {
  const talking = [...parties, ...supervising.filter(({ mode }) => mode === 'barge').map(({ leg }) => leg)];
  const pair = (listener: SeatedLeg, speaker: SeatedLeg): HearingPair => ({
    listener: listener.legId,
    speaker: speaker.legId,
  });
  const hearsAll = (listener: SeatedLeg) =>
    talking.filter((speaker) => speaker !== listener).map((speaker) => pair(listener, speaker));
  return [
    ...talking.flatMap(hearsAll),
    ...supervising
      .filter(({ mode }) => mode !== 'barge')
      .flatMap(({ leg, mode, on }) => [...hearsAll(leg), ...(mode === 'whisper' ? [pair(on, leg)] : [])]),
  ];
};

const seatingOf = (
  possibleParties: readonly SeatedLeg[],
  possibleSupervisors: readonly SeatedLeg[],
): fc.Arbitrary<Seating> =>
  fc.subarray([...possibleParties], { minLength: 2 }).chain((parties) =>
    fc
      .tuple(
        ...possibleSupervisors.map((supervisor) =>
          fc.option(
            fc.record({
              leg: fc.constant(supervisor),
              mode: fc.constantFrom('spy' as const, 'whisper' as const, 'barge' as const),
              on: fc.constantFrom(...parties),
            }),
          ),
        ),
      )
      .map((chosen) => ({ parties, supervising: chosen.filter((one) => one !== null) })),
  );

const nobody: Seating = { parties: [], supervising: [] };

/** Parties and supervisors keep their parts, as on a real call. */
export const seatings: fc.Arbitrary<Seating> = fc.oneof(
  { weight: 12, arbitrary: seatingOf([customer, agent, colleague], supervisors) },
  { weight: 1, arbitrary: fc.constant(nobody) },
);

/** Any leg may be in the conversation, and any supervisor outside it: more than a call will ever ask for. */
export const wildSeatings: fc.Arbitrary<Seating> = fc
  .shuffledSubarray(everyLeg, { minLength: 2 })
  .chain((talking) =>
    seatingOf(
      talking,
      supervisors.filter((leg) => !talking.includes(leg)),
    ),
  );
