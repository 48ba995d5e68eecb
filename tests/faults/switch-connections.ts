import type { SimulatedSwitch } from '../../services/signaling/src/adapters/simulated/simulated-switch.ts';
import type {
  Outcome,
  Switch,
  SwitchOperation,
  SwitchReport,
} from '../../services/signaling/src/domain/switch.ts';
import { never, turn, type Gate } from './turn.ts';

/** A process that has, or had, a connection to the switch. */
export interface Operator {
  readonly owner: string;
  isAlive(): boolean;
  /** It has taken the switch over and works. */
  isReady(): boolean;
  /** The log answers it, and what others wrote reaches it. */
  hasLog(): boolean;
  /** What comes to it waits here while it is frozen. */
  readonly awake: Gate;
}

/** An operation that is on its way to the switch, or its answer back. */
export interface Order {
  readonly operation: SwitchOperation;
  readonly by: Operator;
}

export interface Connections {
  /** A connection of its own for one term of a process. */
  open(by: Operator): Switch;
  /** Who gets the reports of the switch now. */
  listener(): Operator | undefined;
  /** Operations that were asked for and are not answered yet. */
  orders(): Iterable<Order>;
  /** So many questions for the length of a recording get no answer. */
  failLengths(times: number): void;
  onReport(listener: (report: SwitchReport, heardBy: Operator | undefined) => void): void;
  onAsked(listener: (order: Order) => void): void;
  /** An operation was not carried out, for whatever reason. */
  onFailed(listener: (operation: SwitchOperation) => void): void;
}

interface Connection {
  readonly by: Operator;
  readonly take: (report: SwitchReport) => void;
}

/** What the connections of all processes share. */
interface Line {
  readonly perform: (operation: SwitchOperation, by: Operator) => Promise<Outcome>;
  readonly current: () => Connection | undefined;
  readonly take: (connection: Connection) => void;
  readonly leave: () => void;
  readonly lengthIsLost: () => boolean;
}

/** The switch as one process sees it, in one term: nothing answers a process that is dead, or comes to one that is frozen. */
const connectionOf = (
  by: Operator,
  theSwitch: SimulatedSwitch,
  happens: (probability: number) => boolean,
  line: Line,
): Switch => {
  let mine: Connection | undefined;
  let heardAt: string | undefined;
  const { awake } = by;
  return {
    description: theSwitch.description,
    start: async (onReport) => {
      while (!theSwitch.isConnected() || !awake.isOpen()) await turn();
      mine = { by, take: (report) => awake.whenOpen(() => onReport(report)) };
      line.take(mine);
    },
    isConnected: () => line.current() === mine && by.isAlive() && theSwitch.isConnected(),
    perform: (operation) => (by.isAlive() ? line.perform(operation, by) : never()),
    snapshot: async (wanted) => {
      while (happens(0.3)) await turn();
      if (!by.isAlive()) return never();
      const snapshot = await theSwitch.snapshot(wanted);
      while (happens(0.3)) await turn();
      if (!awake.isOpen()) await awake.passed();
      return by.isAlive() ? snapshot : never();
    },
    now: () => theSwitch.now(),
    // What waits for a process that was frozen it has not heard.
    heardAt: () => {
      if (!awake.isBehind()) heardAt = theSwitch.heardAt();
      return heardAt;
    },
    readRecording: (recordingId, part) =>
      by.isAlive() ? theSwitch.readRecording(recordingId, part) : never(),
    recordingLength: async (recordingId) => {
      if (!by.isAlive()) return never();
      if (line.lengthIsLost()) throw new Error('The switch was told not to answer');
      if (!awake.isOpen()) await awake.passed();
      return theSwitch.recordingLength(recordingId);
    },
    [Symbol.asyncDispose]: async () => {
      if (line.current() === mine) line.leave();
    },
  };
};

/** Told what becomes of each order. */
interface OrderWatch {
  readonly asked: (order: Order) => void;
  readonly notDone: (operation: SwitchOperation) => void;
  readonly answered: (order: Order) => void;
}

/** Carries operations out slowly, and loses some of them or their answers. */
const performing = (
  theSwitch: SimulatedSwitch,
  happens: (probability: number) => boolean,
  watch: OrderWatch,
): Line['perform'] => {
  const carryOut = async ({ operation, by }: Order): Promise<Outcome> => {
    while (happens(0.3)) await turn();
    if (!by.isAlive()) return never();
    const isLost = happens(0.02);
    const outcome: Outcome = isLost
      ? { outcome: 'unknown', reason: 'the answer never came, and nothing was done' }
      : await theSwitch.perform(operation);
    if (outcome.outcome !== 'done') watch.notDone(operation);
    return outcome;
  };
  return async (operation, by) => {
    if (!by.awake.isOpen()) await by.awake.passed();
    const order = { operation, by };
    watch.asked(order);
    try {
      const outcome = await carryOut(order);
      while (happens(0.3)) await turn();
      if (!by.awake.isOpen()) await by.awake.passed();
      if (!by.isAlive()) return await never();
      return happens(0.02)
        ? { outcome: 'unknown', reason: 'the answer never came, but it was done' }
        : outcome;
    } finally {
      watch.answered(order);
    }
  };
};

/**
 * What stands between the switch and the processes of signaling. The switch tells the newest of them only, and tells the
 * one before that it was replaced; operations are slow, lost or unanswered at random, and nothing of a dead process arrives.
 */
export const connectionsTo = async (
  theSwitch: SimulatedSwitch,
  happens: (probability: number) => boolean,
): Promise<Connections> => {
  let current: Connection | undefined;
  const orders = new Set<Order>();
  const told: ((report: SwitchReport, heardBy: Operator | undefined) => void)[] = [];
  const asked: ((order: Order) => void)[] = [];
  const failed: ((operation: SwitchOperation) => void)[] = [];
  let lengthsToFail = 0;
  const listener = (): Operator | undefined => (current?.by.isAlive() ? current.by : undefined);

  await theSwitch.start((report) => {
    for (const tell of told) tell(report, listener());
    if (listener()) current?.take(report);
  });

  const perform = performing(theSwitch, happens, {
    asked: (order) => {
      orders.add(order);
      for (const tell of asked) tell(order);
    },
    notDone: (operation) => {
      for (const tell of failed) tell(operation);
    },
    answered: (order) => void orders.delete(order),
  });
  const open = (by: Operator): Switch =>
    connectionOf(by, theSwitch, happens, {
      perform,
      current: () => current,
      take: (connection) => {
        const before = current;
        current = connection;
        if (before?.by.isAlive()) before.take({ type: 'replaced', at: new Date(0).toISOString() });
      },
      leave: () => {
        current = undefined;
      },
      lengthIsLost: () => {
        if (lengthsToFail === 0) return false;
        lengthsToFail -= 1;
        return true;
      },
    });

  return {
    open,
    listener,
    orders: () => orders,
    failLengths: (times) => {
      lengthsToFail = times;
    },
    onReport: (tell) => void told.push(tell),
    onAsked: (tell) => void asked.push(tell),
    onFailed: (tell) => void failed.push(tell),
  };
};
