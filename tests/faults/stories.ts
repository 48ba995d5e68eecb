import type { CallEvent, CallId } from '@earshot/contracts';
import type { SimulatedPhone } from '../../services/signaling/src/adapters/simulated/phones.ts';
import type { SwitchOperation } from '../../services/signaling/src/domain/switch.ts';
import { customers, lines } from './acts.ts';
import type { FaultyProcess, ServiceName } from './faulty-process.ts';
import type { FaultyWorld } from './faulty-world.ts';
import { brokenPromises, openPeopledWorld } from './schedule.ts';

export type LineName = 'support' | 'sales' | 'orders' | 'private office';
const numbers: Readonly<Record<LineName, string>> = {
  support: lines[0],
  sales: lines[1],
  orders: lines[2],
  'private office': lines[3],
};

/** A world in which nothing goes wrong but what the test makes go wrong. */
export interface Story {
  readonly world: FaultyWorld;
  readonly asked: readonly { readonly operation: SwitchOperation; readonly by: string }[];
  caller(n: number): SimulatedPhone;
  phone(extension: string): SimulatedPhone;
  /** A caller dials a line. */
  dials(n: number, line: LineName): CallId;
  /** A caller dials a line on which nobody is asked anything, and talks to an agent a second later. */
  talks(n: number, line: LineName): Promise<CallId>;
  /** Presses a key and lets it go. */
  presses(phone: SimulatedPhone, key: string): Promise<void>;
  /** Whether somebody hears somebody now. */
  hears(listener: SimulatedPhone, speaker: SimulatedPhone): boolean;
  types(callId: CallId): readonly CallEvent['type'][];
  process(service: ServiceName): FaultyProcess;
  /** Kills the process of a service; another, under another name, takes over when its lease has run out. */
  relieves(service: ServiceName): FaultyProcess;
  /** A second process of supervision beside the first; resolves with both when they share the calls. */
  joinsSupervision(): Promise<readonly FaultyProcess[]>;
  /** Promises that are broken by now or when everything comes to rest. */
  broken(): Promise<readonly string[]>;
}

const leaseMs = 3_000;
/** Longer than a key is held down. */
const keyMs = 200;

export const tellStory = async (): Promise<Story> => {
  const world = await openPeopledWorld(() => 1);
  const { phones } = world.theSwitch;
  const asked: { readonly operation: SwitchOperation; readonly by: string }[] = [];
  world.connections.onAsked(({ operation, by }) => asked.push({ operation, by: by.owner }));
  const caller = (n: number): SimulatedPhone => phones.outside(customers[n] ?? '');
  const process = (service: ServiceName): FaultyProcess => {
    const [found] = world.processesOf(service);
    if (!found) throw new Error(`There is no process of ${service}`);
    return found;
  };
  const dials = (n: number, line: LineName): CallId => caller(n).dial(numbers[line]).callId;
  return {
    world,
    asked,
    caller,
    process,
    dials,
    phone: (extension) => phones.extension(extension),
    talks: async (n, line) => {
      const callId = dials(n, line);
      await world.pass(1_500);
      if (world.theSwitch.pairsHeard(callId).length < 2) throw new Error('Nobody talks on this call');
      return callId;
    },
    presses: async (phone, key) => {
      world.phones.press(phone, key);
      await world.pass(keyMs);
    },
    hears: (listener, speaker) =>
      world.theSwitch
        .pairsHeard()
        .some((pair) => pair.listener === listener.leg && pair.speaker === speaker.leg),
    types: (callId) => world.log.of(callId).map(({ type }) => type),
    relieves: (service) => {
      process(service).kill();
      world.clock.after(leaseMs, () => world.store.store.expireLeases());
      return world.start(service);
    },
    joinsSupervision: async () => {
      world.start('supervision');
      await world.pass(5_000);
      return world.processesOf('supervision');
    },
    broken: () => brokenPromises(world),
  };
};
