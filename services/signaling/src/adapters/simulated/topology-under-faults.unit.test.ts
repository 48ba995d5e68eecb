import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Switch } from '../../domain/switch.ts';
import { layoutOf } from '../../domain/topology/layout-of.ts';
import { layoutSeen } from '../../domain/topology/layout.ts';
import { named } from '../../domain/topology/named.ts';
import { pairKey } from '../../domain/topology/pairs-heard.ts';
import {
  callId,
  everyLeg,
  pairsOf,
  seatings,
  supervisors,
  type Seating,
} from '../../domain/topology/random-topologies.ts';
import { stepsFrom } from '../../domain/topology/steps-from.ts';
import { virtualClock } from './clock.ts';
import type { Fault } from './faults.ts';
import { createSimulatedSwitch } from './simulated-switch.ts';

const legs = everyLeg.map((leg) => ({ ...leg, handle: leg.legId }));
const absorbed = supervisors.map(({ legId }) => legId);
const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ outcome: 'refused', reason: 'told to' }),
  fc.boolean().map((happens): Fault => ({ outcome: 'unknown', reason: 'told to', happens })),
);

let makings = 0;
const newId = (role: string): string => `${role}.${(makings += 1)}`;

/** Goes on from what the switch says is so until the topology is carried; every failed step begins anew. */
const carry = async (theSwitch: Switch, seating: Seating): Promise<void> => {
  const wanted = layoutOf(callId, pairsOf(seating), legs);
  if (!wanted.possible) throw new Error(wanted.reason);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const is = layoutSeen(
      callId,
      await theSwitch.snapshot({ recorders: [], prompts: [], keysOf: [] }),
      absorbed,
    );
    const steps = stepsFrom(is, named(wanted.layout, is, newId, attempt > 10));
    let complete = true;
    for (const step of steps) {
      complete = (await theSwitch.perform(step)).outcome === 'done';
      if (!complete) break;
    }
    if (complete) return;
  }
  throw new Error('The topology was not carried in 20 attempts');
};

describe('a call on the simulated switch', () => {
  it('lets nobody hear what neither the old nor the new topology holds, at any instant, however operations go wrong', async () => {
    let instants = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(seatings, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(40), faults), { maxLength: 8 }),
        async (asked, planned) => {
          await using simulated = createSimulatedSwitch({ clock: virtualClock() });
          await simulated.start(() => {});
          for (const { handle } of legs) {
            const phone = simulated.phones.extension(handle);
            await simulated.perform({
              op: 'ring',
              leg: handle,
              to: { kind: 'extension', extension: handle },
              callerNumber: '',
              ringForMs: 1000,
            });
            phone.answer();
          }
          let operations = 0;
          for (const [when, fault] of planned) simulated.faults.next(() => operations >= when, fault);
          const counting: Switch = {
            ...simulated,
            perform: (operation) => {
              operations += 1;
              return simulated.perform(operation);
            },
          };
          const leaks: string[] = [];
          let allowed = new Set<string>();
          simulated.onHearing(({ pairs }) => {
            instants += 1;
            leaks.push(...pairs.map(pairKey).filter((key) => !allowed.has(key)));
          });
          let old = new Set<string>();
          for (const seating of asked) {
            const wanted = new Set(pairsOf(seating).map(pairKey));
            allowed = old.union(wanted);
            await carry(counting, seating);
            expect(new Set(simulated.pairsHeard(callId).map(pairKey))).toEqual(wanted);
            old = wanted;
          }
          expect(leaks).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
    expect(instants).toBeGreaterThan(0);
  }, 120_000);
});
