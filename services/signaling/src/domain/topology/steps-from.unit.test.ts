import type { HearingPair } from '@earshot/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SwitchOperation } from '../switch.ts';
import { applied, bridgeHolding, emptyLayout, snoopCalled, withoutLeg, type Layout } from './layout.ts';
import { layoutOf } from './layout-of.ts';
import { pairKey, pairsHeard } from './pairs-heard.ts';
import {
  agent,
  callId,
  colleague,
  customer,
  everyLeg,
  pairsOf,
  seatings,
  supervisors,
  wildSeatings,
  type Seating,
} from './random-topologies.ts';
import { stepsFrom } from './steps-from.ts';

const layout = (seating: Seating): Layout => {
  const result = layoutOf(callId, pairsOf(seating), everyLeg);
  if (!result.possible) throw new Error(result.reason);
  return result.layout;
};
const heard = (is: Layout): Set<string> => new Set(pairsHeard(is).map(pairKey));
const statesOn = (from: Layout, steps: readonly SwitchOperation[]): Layout[] =>
  steps.reduce<Layout[]>((states, step) => [...states, applied(states.at(-1) ?? from, step)], [from]);
const canonical = ({ bridges, snoops }: Layout) => ({
  bridges: Object.fromEntries(bridges.map(({ id, participants }) => [id, [...participants].toSorted()])),
  snoops: Object.fromEntries(snoops.map((snoop) => [snoop.id, snoop])),
});
const supervisorHandles = new Set(supervisors.map(({ handle }) => handle));
const parse = (key: string): HearingPair => {
  const [listener, speaker] = JSON.parse(key) as [string, string];
  return { listener, speaker };
};
const runs = { numRuns: 4000 };
/** Thousands of cases take seconds on a busy machine. */
const patience = 120_000;

const expectNoForbiddenPair = (states: readonly Layout[], shall: Layout): void => {
  const allowed = heard(states[0] ?? emptyLayout).union(heard(shall));
  for (const state of states) expect([...heard(state).difference(allowed)]).toEqual([]);
};

/** Who ceases and who begins to hear whom with each step. */
const changesOn = (is: Layout, shall: Layout) => {
  const states = statesOn(is, stepsFrom(is, shall)).map(heard);
  return states.slice(1).map((now, index) => ({
    gone: [...(states[index] ?? now).difference(now)].map(parse),
    come: [...now.difference(states[index] ?? now)].map(parse),
  }));
};
const isVoice = ({ speaker }: HearingPair): boolean => supervisorHandles.has(speaker);
const isBetweenParties = ({ listener, speaker }: HearingPair): boolean =>
  !supervisorHandles.has(listener) && !supervisorHandles.has(speaker);

describe('the steps from one topology of a call to the next', () => {
  it.each([
    ['parts kept', seatings, 4000],
    ['any legs in the conversation', wildSeatings, 20_000],
  ] as const)(
    'let nobody hear anybody who was not heard before and shall not be heard after, and end as wanted (%s)',
    (_, arbitrary, numRuns) => {
      fc.assert(
        fc.property(arbitrary, arbitrary, (before, after) => {
          const [is, shall] = [layout(before), layout(after)];
          const states = statesOn(is, stepsFrom(is, shall));
          expectNoForbiddenPair(states, shall);
          const end = states.at(-1) ?? is;
          expect(canonical(end)).toEqual(canonical(shall));
          expect(end.absorbed.filter((leg) => bridgeHolding(end, leg)).toSorted()).toEqual(
            [...shall.absorbed].toSorted(),
          );
        }),
        { numRuns },
      );
    },
    patience,
  );

  it.each([
    ['parts kept', seatings],
    ['any legs in the conversation', wildSeatings],
  ] as const)(
    'never part two legs that talk with each other before and after (%s)',
    (_, arbitrary) => {
      fc.assert(
        fc.property(arbitrary, arbitrary, (before, after) => {
          const [is, shall] = [layout(before), layout(after)];
          const lasting = before.parties
            .filter((leg) => after.parties.includes(leg))
            .map(({ handle }) => handle);
          const pairs = lasting.flatMap((listener) =>
            lasting.filter((other) => other !== listener).map((speaker) => pairKey({ listener, speaker })),
          );
          for (const state of statesOn(is, stepsFrom(is, shall)).map(heard))
            expect(pairs.filter((pair) => !state.has(pair))).toEqual([]);
        }),
        runs,
      );
    },
    patience,
  );

  it(
    "take a supervisor's voice away before anything else changes, and add one after everything else",
    () => {
      fc.assert(
        fc.property(seatings, seatings, (before, after) => {
          const [is, shall] = [layout(before), layout(after)];
          const [old, wanted] = [heard(is), heard(shall)];
          const listening = (pairs: Set<string>) => new Set([...pairs].map((key) => parse(key).listener));
          const changes = changesOn(is, shall);
          // A voice that ends or begins with its listener's own leaving or coming ends or begins then.
          const removesVoice = changes.map(({ gone }) =>
            gone.some(
              (pair) => isVoice(pair) && !wanted.has(pairKey(pair)) && listening(wanted).has(pair.listener),
            ),
          );
          const addsVoice = changes.map(({ come }) =>
            come.some(
              (pair) => isVoice(pair) && !old.has(pairKey(pair)) && listening(old).has(pair.listener),
            ),
          );
          const lastRemoval = removesVoice.lastIndexOf(true);
          const firstAddition = addsVoice.indexOf(true);
          const upToLastRemoval = changes.slice(0, lastRemoval + 1);
          expect(
            upToLastRemoval.flatMap(({ gone, come }) => [...gone, ...come]).filter(isBetweenParties),
          ).toEqual([]);
          expect(upToLastRemoval.flatMap(({ come }) => come).filter(isVoice)).toEqual([]);
          const fromFirstAddition = firstAddition < 0 ? [] : changes.slice(firstAddition);
          expect(
            fromFirstAddition.flatMap(({ gone, come }) => [...gone, ...come]).filter(isBetweenParties),
          ).toEqual([]);
          expect(
            fromFirstAddition
              .flatMap(({ gone }) => gone)
              .filter((pair) => isVoice(pair) && !wanted.has(pairKey(pair))),
          ).toEqual([]);
        }),
        runs,
      );
    },
    patience,
  );

  it(
    'keep every promise from wherever an earlier change was interrupted or a leg hung up',
    () => {
      fc.assert(
        fc.property(
          seatings,
          seatings,
          seatings,
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.option(fc.constantFrom(...everyLeg)),
          (before, between, after, where, leaves) => {
            const first = statesOn(layout(before), stepsFrom(layout(before), layout(between)));
            const interrupted = first[Math.floor(where * (first.length - 1))] ?? emptyLayout;
            const is = leaves ? withoutLeg(interrupted, leaves.handle) : interrupted;
            const shall = leaves ? withoutSeat(after, leaves.legId) : layout(after);
            const states = statesOn(is, stepsFrom(is, shall));
            expectNoForbiddenPair(states, shall);
            expect(canonical(states.at(-1) ?? is)).toEqual(canonical(shall));
          },
        ),
        runs,
      );
    },
    patience,
  );

  it(
    'never put two snoops into one bridge, and never make a thing twice or touch what is not there',
    () => {
      fc.assert(
        fc.property(seatings, seatings, (before, after) => {
          const is = layout(before);
          let now = is;
          for (const step of stepsFrom(is, layout(after))) {
            if (step.op === 'place') expect(now.bridges.map(({ id }) => id)).toContain(step.bridge);
            if (step.op === 'take-out') expect(bridgeHolding(now, step.participant)?.id).toBe(step.bridge);
            if (step.op === 'make-snoop') expect(snoopCalled(now, step.snoop)).toBeUndefined();
            now = applied(now, step);
            for (const { participants } of now.bridges)
              expect(participants.filter((id) => snoopCalled(now, id)).length).toBeLessThan(2);
          }
        }),
        runs,
      );
    },
    patience,
  );

  it('take a leg out before it becomes a listener, when another listens through it', () => {
    const [benjamin, emma] = supervisors;
    if (!benjamin || !emma) throw new Error('no supervisors');
    const is = layout({
      parties: [agent, benjamin],
      supervising: [{ leg: emma, mode: 'whisper', on: benjamin }],
    });
    const shall = layout({
      parties: [customer, colleague],
      supervising: [{ leg: benjamin, mode: 'spy', on: colleague }],
    });
    const steps = stepsFrom(is, shall);
    expect(steps[0]).toEqual({ op: 'take-out', participant: benjamin.handle, bridge: `${callId}-main` });
    expectNoForbiddenPair(statesOn(is, steps), shall);
  });

  it('change a mode by preparing the new place whole and moving the supervisor once', () => {
    const [benjamin] = supervisors;
    if (!benjamin) throw new Error('no supervisor');
    const talk = (mode: 'spy' | 'whisper' | 'barge') =>
      layout({ parties: [customer, agent], supervising: [{ leg: benjamin, mode, on: agent }] });
    expect(stepsFrom(talk('spy'), talk('whisper')).map(({ op }) => op)).toEqual([
      'mute',
      'make-bridge',
      'make-snoop',
      'place',
      'place',
      'unmute',
      'drop-snoop',
      'drop-bridge',
    ]);
    expect(stepsFrom(talk('whisper'), talk('barge')).map(({ op }) => op)).toEqual([
      'mute',
      'place',
      'unmute',
      'drop-snoop',
      'drop-bridge',
    ]);
    expect(stepsFrom(talk('barge'), talk('spy')).map(({ op }) => op)).toEqual([
      'make-bridge',
      'make-snoop',
      'place',
      'place',
    ]);
    expect(stepsFrom(talk('barge'), talk('barge'))).toEqual([]);
  });
});

/** The seating when one leg is no longer there; nobody talks when fewer than two parties are left. */
const withoutSeat = ({ parties, supervising }: Seating, legId: string): Layout => {
  const left = parties.filter((leg) => leg.legId !== legId);
  const staying = supervising.filter(({ leg, on }) => leg.legId !== legId && on.legId !== legId);
  return layout(left.length < 2 ? { parties: [], supervising: [] } : { parties: left, supervising: staying });
};
