import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFaultyWorld, serviceNames, type FaultyWorld, type ServiceName } from './faulty-world.ts';

/** How many random schedules are tried; PROPERTY_RUNS raises it for a long night. */
const runs = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

const lines = ['+41445550100', '+41445550200', '+41445550300', '+41445550400'] as const;
const agents = ['1004', '1005', '2001', '888'] as const;
const supervisors = ['1001', '2002'] as const;

type Act =
  | { readonly act: 'calls'; readonly caller: number; readonly line: number }
  | { readonly act: 'customer-presses'; readonly caller: number; readonly key: string }
  | { readonly act: 'supervises'; readonly who: number; readonly code: string; readonly whom: number }
  | { readonly act: 'supervisor-presses'; readonly who: number; readonly key: string }
  | { readonly act: 'hangs-up'; readonly who: string }
  | { readonly act: 'dies'; readonly service: ServiceName }
  | { readonly act: 'switch-is-lost' }
  | { readonly act: 'time-passes'; readonly ms: number };

const index = fc.nat({ max: 3 });
const actArbitrary: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('calls' as const), caller: index, line: index }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('customer-presses' as const), caller: index, key: fc.constantFrom('3', '1', '2') }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('supervises' as const), who: index, code: fc.constantFrom('*90', '*91', '*92'), whom: index }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('supervisor-presses' as const), who: index, key: fc.constantFrom('0', '1', '2', '5') }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('hangs-up' as const), who: fc.constantFrom(...agents, ...supervisors, 'c0', 'c1', 'c2', 'c3') }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('dies' as const), service: fc.constantFrom(...serviceNames) }) },
  { weight: 1, arbitrary: fc.constant({ act: 'switch-is-lost' as const }) },
  { weight: 8, arbitrary: fc.record({ act: fc.constant('time-passes' as const), ms: fc.constantFrom(50, 500, 1500) }) },
);

const customer = (n: number): string => `+4179555100${n + 1}`;

const carryOut = async (world: FaultyWorld, act: Act): Promise<void> => {
  const { phones } = world.theSwitch;
  const at = <T>(of: readonly T[], n: number): T => of[n % of.length] as T;
  try {
    switch (act.act) {
      case 'calls': phones.outside(customer(act.caller)).dial(at(lines, act.line)); break;
      case 'customer-presses': phones.outside(customer(act.caller)).press(act.key); break;
      case 'supervises': phones.extension(at(supervisors, act.who)).dial(`${act.code}${at(agents, act.whom)}`); break;
      case 'supervisor-presses': phones.extension(at(supervisors, act.who)).press(act.key); break;
      case 'hangs-up': (act.who.startsWith('c') ? phones.outside(customer(Number(act.who[1]))) : phones.extension(act.who)).hangUp(); break;
      case 'dies': await world.killAndRestart(act.service); break;
      case 'switch-is-lost':
        world.theSwitch.loseConnection();
        await world.run(5);
        world.theSwitch.reconnect();
        break;
      case 'time-passes': world.advance(act.ms); break;
    }
  } catch {
    // A phone that is not in the position to do this does nothing.
  }
};

/** Most schedules would end before anybody talks: each begins with a call that is on its way to an agent, and its supervisor. */
const prologue = (line: number): readonly (readonly [Act, number])[] => {
  const time = (ms: number) => [{ act: 'time-passes', ms }, 40] as const;
  const [whom, who] = line === 1 || line === 2 ? [2, 1] : [0, 0];
  return [
    [{ act: 'calls', caller: 0, line }, 30], time(300), time(300), time(200),
    [{ act: 'customer-presses', caller: 0, key: line === 1 ? '1' : '3' }, 10],
    ...Array.from({ length: 6 }, () => time(500)),
    [{ act: 'supervises', who, code: '*90', whom }, 60],
  ];
};

describe('whatever goes wrong', () => {
  it('nobody hears what no decision lets them hear, and no recorder runs without a standing decision', { timeout: 600_000 }, async () => {
    let supervised = 0;
    let recorded = 0;
    await fc.assert(fc.asyncProperty(
      index, fc.array(fc.tuple(actArbitrary, fc.nat({ max: 30 })), { minLength: 10, maxLength: 50 }), fc.infiniteStream(fc.noBias(fc.nat({ max: 999 }))),
      async (line, acts, chances) => {
        const world = await openFaultyWorld(() => (chances.next().value ?? 999) / 1000);
        for (const extension of agents) world.theSwitch.phones.extension(extension).script = { does: 'answer', afterMs: 300 };
        for (const [act, turns] of [...prologue(line), ...acts]) {
          await carryOut(world, act);
          await world.run(turns);
          if (world.theSwitch.pairsHeard().length > 2) supervised += 1;
        }
        await world.calm();
        recorded += world.theSwitch.recordings().length;
        expect(world.broken).toEqual([]);
        expect(world.running()).toEqual([]);
      }), { numRuns: runs, endOnFailure: true });
    // The schedules must have reached what they are about, or they prove nothing.
    expect(supervised).toBeGreaterThan(runs / 20);
    expect(recorded).toBeGreaterThan(runs / 20);
  });
});
