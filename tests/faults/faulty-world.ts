import { openMemoryStore, type OpenMemoryStore } from '@earshot/event-log';
import { virtualClock, type VirtualClock } from '../../services/signaling/src/adapters/simulated/clock.ts';
import {
  createSimulatedSwitch,
  type SimulatedSwitch,
} from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type { Permissions } from '../../services/supervision/src/domain/permission.ts';
import { permissionsInForce } from '../../services/supervision/src/permissions-in-force.ts';
import {
  serviceNames,
  startProcess,
  type FaultyProcess,
  type ServiceName,
  type Surroundings,
} from './faulty-process.ts';
import { keepRecordings, type KeptRecording } from './kept-recordings.ts';
import { readLog, type LogReader } from './log-reader.ts';
import { watchOperators } from './operator-watch.ts';
import { keepPhoneRecords, type PhoneRecords } from './phone-records.ts';
import { watchRecorders } from './recorder-watch.ts';
import { connectionsTo, type Connections } from './switch-connections.ts';
import { giveTenant } from './tenant.ts';
import { turn } from './turn.ts';
import { watchVoices } from './voice-watch.ts';

/** What goes wrong, drawn by the property: an endless supply of numbers from 0 to 1. */
export type Chance = () => number;

/** Three services, one log and one simulated switch, in which everything may go wrong but no promise may be broken. */
export interface FaultyWorld {
  readonly theSwitch: SimulatedSwitch;
  readonly clock: VirtualClock;
  readonly store: OpenMemoryStore;
  readonly log: LogReader;
  readonly phones: PhoneRecords;
  readonly connections: Connections;
  /** Who may supervise whom now. */
  readonly permissions: Permissions;
  /** Recordings that anybody can fetch. */
  readonly kept: () => readonly KeptRecording[];
  /** Refusals of the switch that are planned and did not happen yet. */
  readonly refusals: Set<symbol>;
  /** Promises that were broken, in words; empty when all is well. */
  readonly broken: string[];
  /** Living processes of a service, the oldest first. */
  processesOf(service: ServiceName): readonly FaultyProcess[];
  /** Starts one more process of a service; under a name of its own unless told. */
  start(service: ServiceName, owner?: string): FaultyProcess;
  /** Runs everything that can run, for so many turns of the event loop. */
  run(turns: number): Promise<void>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** So many questions for the length of a recording get no answer. */
  failLengths(times: number): void;
  /** Ends what makes things go wrong. What has gone wrong stays. */
  calm(): void;
}

/** How much time passes between two looks at what can run, in ms, and for how many turns it runs then. */
const [sliceMs, turnsPerSlice] = [50, 3];
const calmSliceMs = 250;

/** Notes each promise once. */
const noteIn =
  (broken: string[]) =>
  (promise: string): void => {
    if (!broken.includes(promise)) broken.push(promise);
  };

const createProcesses = (surroundings: Surroundings): Pick<FaultyWorld, 'start' | 'processesOf'> => {
  let processes: readonly FaultyProcess[] = [];
  let names = 0;
  return {
    start: (service, owner = `${service}-${(names += 1)}`) => {
      const started = startProcess(service, owner, surroundings);
      processes = [...processes.filter((process) => process.isAlive()), started];
      return started;
    },
    processesOf: (service) => processes.filter((process) => process.service === service && process.isAlive()),
  };
};

export const openFaultyWorld = async (chance: Chance): Promise<FaultyWorld> => {
  const clock = virtualClock();
  const store = openMemoryStore({ tenant: 'demo', now: () => new Date(clock.now()) });
  await giveTenant(store);
  const permissions = permissionsInForce(await store.connect().settings.view(), () => {});
  const log = readLog(store);
  const theSwitch = createSimulatedSwitch({ clock, promptDurationMs: () => 400 });
  let isCalm = false;
  const happens = (probability: number): boolean => !isCalm && chance() < probability;
  const connections = await connectionsTo(theSwitch, happens);
  const broken: string[] = [];
  const breaks = noteIn(broken);
  const watches = [watchVoices, watchRecorders].map((watch) =>
    watch(theSwitch, connections, log, clock.now, breaks),
  );
  watchOperators(store, connections, breaks);
  const phones = keepPhoneRecords(theSwitch, connections, clock.now, (ms, run) => void clock.after(ms, run));

  const { store: recordings, kept } = keepRecordings();
  const surroundings: Surroundings = { store, clock, connections, recordings, happens };
  const { start, processesOf } = createProcesses(surroundings);
  const run = async (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      await turn();
      for (const { check } of watches) check();
    }
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0;) {
      const slice = Math.min(left, isCalm ? calmSliceMs : sliceMs);
      clock.advance(slice);
      left -= slice;
      await run(turnsPerSlice);
    }
  };

  for (const service of serviceNames) start(service);
  await run(20);
  return {
    theSwitch,
    clock,
    store,
    log,
    phones,
    connections,
    permissions,
    kept,
    refusals: new Set(),
    broken,
    start,
    run,
    pass,
    failLengths: connections.failLengths,
    processesOf,
    calm: () => {
      isCalm = true;
      theSwitch.faults.clear();
    },
  };
};
