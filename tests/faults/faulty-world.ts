import { callIdOf, type CallEvent, type CallId } from '@earshot/contracts';
import { openMemoryStore, runDecisions, type AppendFate, type MemoryProcess, type Schedule, type Timing } from '@earshot/event-log';
import { createLogger } from '@earshot/service-kit';
import { virtualClock } from '../../services/signaling/src/adapters/simulated/clock.ts';
import { createSimulatedSwitch, type SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import { startSignaling } from '../../services/signaling/src/service.ts';
import { inputsOf as supervisionInputs } from '../../services/supervision/src/domain/input.ts';
import { supervisionDecider } from '../../services/supervision/src/domain/supervision.ts';
import { permissionsInForce } from '../../services/supervision/src/permissions-in-force.ts';
import { inputsOf as consentInputs } from '../../services/recording-consent/src/domain/input.ts';
import { recordingConsentDecider } from '../../services/recording-consent/src/domain/recording-consent.ts';
import { mortalSwitch } from './mortal-switch.ts';
import { decisionStands, storedEvents, watchHearing } from './promises.ts';
import { writeTenant } from './tenant.ts';

export type ServiceName = 'signaling' | 'supervision' | 'recording-consent';
export const serviceNames: readonly ServiceName[] = ['signaling', 'supervision', 'recording-consent'];

/** What goes wrong, drawn by the property: an endless supply of numbers from 0 to 1. */
export type Chance = () => number;

/** A process of a service that dies when it is told to, between any two steps. */
interface Process {
  readonly memory: MemoryProcess;
  readonly started: Promise<unknown>;
  kill(): void;
}

/** Three services, one log and one simulated switch, in which everything may go wrong but nothing may be heard wrongly. */
export interface FaultyWorld {
  readonly theSwitch: SimulatedSwitch;
  /** Promises that were broken, in words; empty when all is well. */
  readonly broken: string[];
  /** Runs everything that can run, for so many turns of the event loop. */
  run(turns: number): Promise<void>;
  advance(ms: number): void;
  killAndRestart(service: ServiceName): Promise<void>;
  /** Recorders that run although no decision stands. */
  running(): readonly string[];
  /** No more faults: what is under way comes to its end. */
  calm(): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The clock of the processes: what repeats runs when the world advances, and pauses end with the turn. */
const worldTiming = (): { readonly timing: Timing; readonly tick: () => void } => {
  const tasks = new Set<() => void>();
  return {
    timing: {
      pause: () => turn(),
      every: (_, task) => {
        tasks.add(task);
        return () => void tasks.delete(task);
      },
    },
    tick: () => { for (const task of [...tasks]) task(); },
  };
};

export const openFaultyWorld = async (chance: Chance): Promise<FaultyWorld> => {
  const store = openMemoryStore({ tenant: 'demo' });
  const clock = virtualClock();
  const theSwitch = createSimulatedSwitch({ clock, promptDurationMs: () => 400 });
  const logger = createLogger({ service: 'faults', instance: 'faults', level: 'silent' });
  const broken: string[] = [];
  let isCalm = false;
  const happens = (probability: number): boolean => !isCalm && chance() < probability;

  await writeTenant(store.connect().settings);
  const eventsOf = (callId: CallId): readonly CallEvent[] => storedEvents(store, callId);
  watchHearing(theSwitch, eventsOf, broken);

  const schedule: Schedule = {
    step: async () => { while (happens(0.3)) await turn(); },
    fateOf: (): AppendFate => {
      if (happens(0.06)) return 'conflict';
      if (happens(0.04)) return 'unavailable';
      return happens(0.04) ? 'stored_unanswered' : 'stored';
    },
    deliveries: () => (happens(0.1) ? 2 : 1),
  };

  const processes = new Map<ServiceName, Process>();
  const ticks = new Map<ServiceName, () => void>();

  const start = (name: ServiceName): Process => {
    const memory = store.connect(schedule);
    const { timing, tick } = worldTiming();
    ticks.set(name, tick);
    let alive = true;
    const run = async (): Promise<unknown> => {
      const settings = await memory.settings.view();
      const { log, coordination } = memory;
      const common = { log, coordination, timing, owner: name, alarm: () => {} };
      if (name === 'supervision') {
        const permissions = permissionsInForce(settings, () => {});
        return runDecisions({ ...common, service: { writer: 'supervision', decider: supervisionDecider, inputsOf: (event) => supervisionInputs(event, permissions) } });
      }
      if (name === 'recording-consent') {
        const settingOf = (lineId: string) => {
          const policy = settings.get('recording-policies', lineId);
          return policy ? { setting: policy.value.setting, version: policy.version } : null;
        };
        return runDecisions({ ...common, service: { writer: 'recording-consent', decider: recordingConsentDecider, inputsOf: (event) => consentInputs(event, settingOf) } });
      }
      return startSignaling({
        log, coordination, settings, logger, timing, owner: name, now: () => new Date(clock.now()).toISOString(),
        switch: mortalSwitch(theSwitch, () => alive, happens, eventsOf, broken),
      });
    };
    return { memory, started: run(), kill: () => { alive = false; memory.kill(); } };
  };

  for (const name of serviceNames) processes.set(name, start(name));

  const run = async (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) await turn();
  };
  await run(20);

  return {
    theSwitch, broken, run,
    advance: (ms) => {
      clock.advance(ms);
      for (const tick of ticks.values()) tick();
    },
    killAndRestart: async (name) => {
      processes.get(name)?.kill();
      store.store.expireLeases();
      await run(1);
      processes.set(name, start(name));
    },
    running: () => theSwitch.recordings().filter(({ durationMs }) => durationMs === null).map(({ recordingId }) => recordingId)
      .filter((recordingId) => !decisionStands(eventsOf(callIdOf(recordingId) ?? ''), recordingId)),
    calm: async () => {
      isCalm = true;
      for (let n = 0; n < 12; n += 1) {
        clock.advance(500);
        for (const tick of ticks.values()) tick();
        await run(60);
      }
    },
  };
};
