import fc from 'fast-check';
import { actArbitrary, agents, customers, prologue, type Act, type Opening } from './acts.ts';
import { carryOut } from './carry-out.ts';
import { serviceNames } from './faulty-process.ts';
import { openFaultyWorld, type FaultyWorld } from './faulty-world.ts';
import { promisesAtRest, promisesInTheEnd } from './promises-at-rest.ts';
import { promisesOfCalls } from './promises-of-calls.ts';

/** What people do and what goes wrong, in order, each with the turns that follow it; `chance` is the seed of all small faults. */
export interface Schedule {
  readonly opening?: Opening;
  readonly line: number;
  /** How much of the opening is left out at its end, so that things go wrong in the middle of it. */
  readonly less?: number;
  readonly acts: readonly (readonly [Act, number])[];
  /** 0: no small faults. */
  readonly chance: number;
}

export const scheduleArbitrary: fc.Arbitrary<Schedule> = fc.record({
  opening: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Opening>('supervised') },
    { weight: 1, arbitrary: fc.constant<Opening>('rush') },
  ),
  line: fc.nat({ max: 3 }),
  less: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
  acts: fc.array(fc.tuple(actArbitrary, fc.nat({ max: 30 })), { minLength: 10, maxLength: 50 }),
  chance: fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32); always 1 for 0, so that nothing happens by chance. */
export const chancesFrom = (seed: number): (() => number) => {
  let a = seed;
  return () => {
    if (seed === 0) return 1;
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Long enough for everything that is tried again, and for the switch to be compared with the log once more. */
const restMs = 40_000;
/** What was made to go wrong last is over by then. */
const tailMs = 5_000;

/** What was away is back, and each service has a process: everything comes to its end. */
const calmDown = async (world: FaultyWorld): Promise<void> => {
  await world.pass(tailMs);
  world.calm();
  world.store.store.expireLeases();
  for (const service of serviceNames) if (world.processesOf(service).length === 0) world.start(service);
  await world.pass(restMs);
};

const hangUpAll = async (world: FaultyWorld): Promise<void> => {
  for (const phone of world.theSwitch.phones.list()) if (phone.state !== 'idle') world.phones.hangUp(phone);
  await world.pass(restMs);
};

/** Opens a world whose agents and customers pick up when they are rung. */
export const openPeopledWorld = async (chance: () => number): Promise<FaultyWorld> => {
  const world = await openFaultyWorld(chance);
  const { phones } = world.theSwitch;
  for (const extension of agents) phones.extension(extension).script = { does: 'answer', afterMs: 300 };
  for (const number of customers) phones.outside(number).script = { does: 'answer', afterMs: 300 };
  return world;
};

/** Lets a world come to rest, and everybody hang up. @returns the promises that were broken, in words */
export const brokenPromises = async (world: FaultyWorld): Promise<readonly string[]> => {
  await calmDown(world);
  const atRest = promisesAtRest(world);
  await hangUpAll(world);
  return [...world.broken, ...atRest, ...(await promisesInTheEnd(world)), ...promisesOfCalls(world)];
};

/** Plays a schedule to its end. @returns the promises that were broken, in words */
export const play = async (
  { opening = 'supervised', line, less = 0, acts, chance }: Schedule,
  onTurn: (world: FaultyWorld) => void = () => {},
): Promise<readonly string[]> => {
  const world = await openPeopledWorld(chancesFrom(chance));
  const begin = prologue(opening, line);
  for (const [act, turns] of [
    ...begin.slice(0, begin.length - less).map((each) => [each, 10] as const),
    ...acts,
  ]) {
    await carryOut(world, act);
    await world.run(turns);
    onTurn(world);
  }
  return brokenPromises(world);
};
