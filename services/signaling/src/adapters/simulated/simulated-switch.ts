import type { HearingPair, Instant } from '@earshot/contracts';
import type { RememberedKey, Switch, SwitchReport, SwitchSnapshot } from '../../domain/switch.ts';
import { realClock, type Clock } from './clock.ts';
import { createFaults, type Faults } from './faults.ts';
import { carryOut, type Surroundings } from './operations.ts';
import { createPhones, type SimulatedPhones } from './phones.ts';
import { finishRecorder, readPart, type SimulatedRecorder } from './recorders.ts';
import { createWorld, type Arrival, type Hearing, type World } from './world.ts';

export interface SimulatedSwitchOptions {
  /** Of this switch among all of the log, 0 to 4095; 0 unless told. */
  readonly switchNumber?: number;
  /** The machine's own clock unless told. */
  readonly clock?: Clock;
  /** How long a prompt takes in ms; half the time of speech unless told. */
  readonly promptDurationMs?: (text: string) => number;
}

/** A switch that runs in this process, with phones that can be scripted. It carries no sound and says so. */
export interface SimulatedSwitch extends Switch {
  readonly phones: SimulatedPhones;
  readonly faults: Faults;
  /** Recordings that run or ran, with who was in them from when to when. */
  recordings(): readonly SimulatedRecorder[];
  /** Who hears whom now, by handles; of one call, or of all. */
  pairsHeard(callId?: string): readonly HearingPair[];
  /** Tells every change of who hears whom, at the instant it happens. The answer ends it. */
  onHearing(listener: (hearing: Hearing) => void): () => void;
  /** Keys that it was told to remember, of legs that are there. */
  rememberedKeys(): readonly RememberedKey[];
  /** Number of the phone at a leg, while the leg is there. */
  numberOf(handle: string): string | undefined;
  /** The connection is lost: reports go nowhere, operations are not done and their outcome is unknown; phones go on. */
  loseConnection(): void;
  /** The connection is back: who arrived meanwhile and is still there is reported, then `reconnected`. */
  reconnect(): void;
  /** Another process takes the switch: `replaced` is reported, and nothing more until `start`. */
  replace(): void;
}

/** 30 ms a letter, twice as fast as a greeting is read out, so that a demo does not wait; never under half a second. */
const readingPace = (text: string): number => Math.max(500, text.length * 30);

const rememberedIn = ({ legs }: World): readonly RememberedKey[] =>
  [...legs.values()].flatMap(({ remembered }) => remembered ?? []);

const snapshotOf = (world: World): SwitchSnapshot => ({
  legs: [...world.legs.values()].map(({ handle, state, arrival }) => ({ handle, state, arrival })),
  bridges: [...world.bridges].map(([bridge, participants]) => ({
    bridge,
    participants: [...participants.keys()],
  })),
  snoops: [...world.snoops.values()].map(({ id, on, speaksTo }) => ({ snoop: id, on, speaksTo })),
  recorders: [...world.recorders.values()]
    .filter(({ durationMs }) => durationMs === null)
    .map(({ recordingId, bridge }) => ({ recordingId, bridge })),
  prompts: [...world.prompts.keys()],
  keys: rememberedIn(world),
});

/** What leads reports to whoever listens, and can be lost. */
const createLine = () => {
  let onReport: ((report: SwitchReport) => void) | undefined;
  let isConnected = false;
  let isDelivering = false;
  const waiting: SwitchReport[] = [];
  let untold: Arrival[] = [];
  return {
    isConnected: (): boolean => isConnected,
    /** @throws Error without a connection */
    require: (): void => {
      if (!isConnected) throw new Error('No connection to the switch');
    },
    open: (listener?: (report: SwitchReport) => void): void => {
      if (listener) {
        onReport = listener;
        untold = [];
      }
      isConnected = true;
    },
    close: (): void => {
      isConnected = false;
    },
    end: (): void => {
      onReport = undefined;
      isConnected = false;
    },
    /** Callers who came while nobody could be told. */
    takeUntold: (): readonly Arrival[] => untold.splice(0),
    // A report may lead to an operation that leads to reports: these come after it, never inside it.
    deliver: (report: SwitchReport): void => {
      if (!isConnected || !onReport) {
        if (report.type === 'leg-arrived') untold.push(report);
        return;
      }
      waiting.push(report);
      if (isDelivering) return;
      isDelivering = true;
      try {
        for (let next = waiting.shift(); next; next = waiting.shift()) onReport(next);
      } finally {
        isDelivering = false;
      }
    },
  };
};

/** The port as signaling sees it. */
const portOf = (
  world: World,
  line: ReturnType<typeof createLine>,
  { through, snapshotThrough }: ReturnType<typeof createFaults>,
  surroundings: Surroundings,
  heardAt: () => Instant | undefined,
): Omit<Switch, typeof Symbol.asyncDispose> => ({
  description: { name: 'simulated switch', simulated: true },
  start: async (listener) => line.open(listener),
  isConnected: line.isConnected,
  now: world.instant,
  heardAt,
  perform: async (operation) =>
    line.isConnected()
      ? through(operation, () => carryOut(world, surroundings, operation))
      : { outcome: 'unknown', reason: 'no connection to the switch' },
  snapshot: async () => {
    line.require();
    const snapshot = await snapshotThrough(() => snapshotOf(world));
    if (!line.isConnected()) throw new Error('The connection to the switch was lost meanwhile');
    return snapshot;
  },
  recordingLength: async (recordingId) => {
    line.require();
    const recorder = world.recorders.get(recordingId);
    return recorder?.isDiscarded ? undefined : (recorder?.durationMs ?? undefined);
  },
  readRecording: async (recordingId, part) => {
    line.require();
    return readPart(world.recorders.get(recordingId), part);
  },
});

export const createSimulatedSwitch = (options: SimulatedSwitchOptions = {}): SimulatedSwitch => {
  const { clock = realClock(), promptDurationMs = readingPace, switchNumber = 0 } = options;
  const line = createLine();
  const world = createWorld({ clock, switchNumber, deliver: line.deliver });
  const phones = createPhones(world);
  const faults = createFaults(clock);
  let lostAt: Instant | undefined;
  const heardAt = (): Instant | undefined => {
    if (line.isConnected()) lostAt = world.instant();
    return lostAt;
  };
  return {
    ...portOf(world, line, faults, { phones, promptDurationMs }, heardAt),
    phones,
    faults: faults.faults,
    recordings: () => [...world.recorders.values()],
    pairsHeard: (callId) => world.pairs(callId),
    onHearing: (listener) => {
      world.hearingListeners.add(listener);
      return () => void world.hearingListeners.delete(listener);
    },
    rememberedKeys: () => rememberedIn(world),
    numberOf: (handle) => world.legs.get(handle)?.number,
    loseConnection: () => {
      lostAt = world.instant();
      line.close();
    },
    reconnect: () => {
      line.open();
      for (const arrival of line.takeUntold()) if (world.legs.has(arrival.handle)) line.deliver(arrival);
      world.report({ type: 'reconnected' });
    },
    replace: () => {
      world.report({ type: 'replaced' });
      line.close();
    },
    [Symbol.asyncDispose]: async () => {
      line.end();
      for (const recorder of world.recorders.values()) finishRecorder(world, recorder);
      for (const handle of [...world.legs.keys()]) world.legGone(handle, 'hung_up');
    },
  };
};
