import type { CallId, HearEachOther, Parties, SupervisionMode } from '@earshot/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layoutOf, type SeatedLeg } from '../../services/signaling/src/domain/topology/layout-of.ts';
import { applied, type Layout } from '../../services/signaling/src/domain/topology/layout.ts';
import { pairKey, pairsHeard } from '../../services/signaling/src/domain/topology/pairs-heard.ts';
import { stepsFrom } from '../../services/signaling/src/domain/topology/steps-from.ts';
import { topologyOf, type Supervising } from '../../services/supervision/src/domain/topology.ts';

const callId = '019b76da-a800-7af4-bab1-bc67c7cc3363' as CallId;
const modes = ['spy', 'whisper', 'barge'] as const;
const settings = ['barging', 'nobody'] as const;
const leg = (name: string, party: SeatedLeg['party']): SeatedLeg => ({
  legId: name,
  handle: `${callId}-${name}`,
  party,
});
const parties = [leg('customer', 'customer'), leg('olivia', 'agent'), leg('noah', 'agent')];
/** As many as a tenant can let supervise one call. */
const supervisors = Array.from({ length: 10 }, (_, n) => leg(`supervisor-${n}`, 'supervisor'));
const everyLeg = [...parties, ...supervisors];

const talking = (legs: readonly SeatedLeg[]): Parties => legs.map(({ legId }) => ({ legId, as: 'talking' }));
const wanted = (of: Parties, supervising: readonly Supervising[], hear: HearEachOther): readonly string[] =>
  topologyOf(of, supervising, hear)
    .map(({ listener, speaker }) =>
      pairKey({ listener: `${callId}-${listener}`, speaker: `${callId}-${speaker}` }),
    )
    .toSorted();
const layout = (of: Parties, supervising: readonly Supervising[], hear: HearEachOther): Layout => {
  const result = layoutOf(callId, topologyOf(of, supervising, hear), everyLeg);
  if (!result.possible) throw new Error(result.reason);
  return result.layout;
};

it('the switch can carry whatever is decided for any two or three who talk and up to ten supervisors', () => {
  const anySupervising = fc.shuffledSubarray(supervisors).chain((chosen) =>
    fc.tuple(
      ...chosen.map(({ legId }) =>
        fc.record({
          legId: fc.constant(legId),
          supervisedLegId: fc.constantFrom('customer', 'olivia'),
          mode: fc.constantFrom(...modes),
        }),
      ),
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(2, 3),
      anySupervising,
      fc.constantFrom(...settings),
      (count, supervising, hear) => {
        const of = talking(parties.slice(0, count));
        expect(
          pairsHeard(layout(of, supervising, hear))
            .map(pairKey)
            .toSorted(),
        ).toEqual(wanted(of, supervising, hear));
      },
    ),
    { numRuns: 2000 },
  );
});

/** Three supervisors of two agents in every combination of modes, in the order of their names. */
const combinations = modes.flatMap((first) =>
  modes.flatMap((second) => modes.map((third): readonly SupervisionMode[] => [first, second, third])),
);
const supervising = (combination: readonly SupervisionMode[], latest: number): readonly Supervising[] => {
  const all = combination.map((mode, n) => ({
    legId: `supervisor-${n}`,
    supervisedLegId: n === 2 ? 'noah' : 'olivia',
    mode,
  }));
  return [...all.slice(0, latest), ...all.slice(latest + 1), ...all.slice(latest, latest + 1)];
};

it('from each combination of three supervisors to the next, by a key or a setting, nobody hears more than before or after', () => {
  const of = talking(parties);
  let changes = 0;
  for (const before of combinations)
    for (const [hear, next] of settings.flatMap((one) => settings.map((other) => [one, other] as const)))
      for (const changed of [0, 1, 2])
        for (const mode of modes) {
          const after = before.map((known, n) => (n === changed ? mode : known));
          const is = layout(of, supervising(before, 2), hear);
          const shall = layout(of, supervising(after, changed), next);
          const allowed = new Set([...pairsHeard(is), ...pairsHeard(shall)].map(pairKey));
          let now = is;
          for (const step of stepsFrom(is, shall)) {
            now = applied(now, step);
            expect(
              pairsHeard(now)
                .map(pairKey)
                .filter((pair) => !allowed.has(pair)),
            ).toEqual([]);
          }
          expect(pairsHeard(now).map(pairKey).toSorted()).toEqual(pairsHeard(shall).map(pairKey).toSorted());
          changes += 1;
        }
  expect(changes).toBe(27 * 4 * 9);
});
