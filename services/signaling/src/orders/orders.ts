import type { CallId, Instant } from '@earshot/contracts';
import type { OutsideCause, Timing } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import { isOver, type CallState, type Leg } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Handle, Switch } from '../domain/switch.ts';
import { tasksOf, type Task } from '../domain/tasks.ts';
import type { Collector } from './collector.ts';
import { newLane, type Lane, type ModeKey } from './lane.ts';
import { performingTasks } from './perform-task.ts';
import { createRecordersOnSwitch } from './recorders-on-switch.ts';
import { createTaskQueue } from './task-queue.ts';
import type { TopologyOnSwitch } from './topology-on-switch.ts';
import { createVoicesOnSwitch } from './voices-on-switch.ts';
import { restoringTasks } from './wish-of.ts';

export interface OrdersOptions {
  readonly switch: Switch;
  readonly topology: TopologyOnSwitch;
  readonly collector: Collector;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly now: () => Instant;
  /** Time that has passed since some moment, in ms: what is tried again waits by it. */
  readonly uptimeMs: () => number;
  readonly timing: Timing;
  readonly closing: AbortSignal;
  /**
   * What may be done now: nothing before the log was read to its end; while it is in doubt what is true on the switch only
   * what takes a recorder or a voice away.
   */
  readonly may: () => 'do nothing' | 'take away' | 'do everything';
  readonly decide: (callId: CallId, input: CallInput, cause: OutsideCause) => Promise<unknown>;
}

/**
 * What the switch is asked to do, call by call. What the log asks for is done in order, each task once; what takes a voice
 * or a recorder away waits for nothing and nobody.
 */
export interface Orders {
  /** Takes in the newest state of a call and, if it may, does what it asks for. */
  follow(callId: CallId, state: CallState): void;
  /** A supervisor pressed a mode key: a voice that the new mode does not allow is silent at once. The answer ends it. */
  keyPressed(callId: CallId, state: CallState, leg: Leg, pressed: ModeKey): () => void;
  /** Whether this process was told a mode key of a leg that was let go then or later. */
  hasHeard(callId: CallId, legId: string, at: Instant): boolean;
  /** A leg has left: what may no longer be recorded is stopped at once. The answer ends it. */
  legLeft(callId: CallId, state: CallState, handle: Handle): () => void;
  /** A recorder runs: one that may not, because its order was carried out late, is stopped at once. */
  recorderRuns(callId: CallId, recordingId: string): void;
  /** Tries again what got no answer and is due. */
  tryAgain(): void;
  /** The switch was seen to answer: what was given up may be tried again. */
  takeHeart(callId: CallId): void;
  /** Whether a task was asked of the switch, and answered or not yet. */
  wasOrdered(callId: CallId, taskKey: string): boolean;
  /** The switch told something of a call. */
  reported(callId: CallId): void;
  /** Operations begun for a call and reports of it so far: a look at the switch from before the last of them says nothing. */
  changesOn(callId: CallId): number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Work that nobody waits for. */
const workAside = (logger: Logger) => {
  const underWay = new Set<Promise<unknown>>();
  return {
    underWay,
    aside: (work: Promise<unknown>): void => {
      const tracked = work
        .catch((error: unknown) => logger.error({ error }, 'an order to the switch failed'))
        .finally(() => underWay.delete(tracked));
      underWay.add(tracked);
    },
  };
};

/** The calls that something is to be done for, and how the state of one leads to what is done for it. */
const createFollowing = (options: OrdersOptions) => {
  const { topology, logger, decide, may } = options;
  const lanes = new Map<CallId, Lane>();
  /** Calls with tasks that got no answer. */
  const impatient = new Set<CallId>();
  const { aside, underWay } = workAside(logger);

  /** A task that failed may be done later: what came of it is part of the cause, else the second would pass for the first. */
  const tell = (callId: CallId, about: string, input: CallInput): void =>
    aside(decide(callId, input, { source: 'SWITCH', id: `${input.type}:${about}:${input.at}` }));
  const followAgain = (callId: CallId): void => {
    const lane = lanes.get(callId);
    if (lane) follow(callId, lane.state);
  };
  const isInDoubt = (): boolean => may() === 'take away';
  const mayDo = ({ task }: Task): boolean =>
    may() === 'do everything' || (isInDoubt() && task === 'stop-recorder');

  const recorders = createRecordersOnSwitch({ ...options, tell, aside });
  const voices = createVoicesOnSwitch({ ...options, isInDoubt, aside, followAgain });
  const queue = createTaskQueue({
    ...options,
    mayDo,
    aside,
    followAgain,
    tryLater: (callId) => void impatient.add(callId),
    perform: performingTasks({ ...options, recorders, aside, tell }),
  });

  const laneOf = (callId: CallId, state: CallState): Lane => {
    const lane = lanes.get(callId) ?? newLane(state);
    lanes.set(callId, lane);
    return lane;
  };

  const follow = (callId: CallId, state: CallState): void => {
    const lane = laneOf(callId, state);
    lane.state = state;
    const tasks = [...tasksOf(state), ...restoringTasks(lane, topology, callId)];
    for (const task of tasks) if (mayDo(task)) queue.begin(callId, lane, task);
    if (isInDoubt()) voices.keepSilent(callId, lane);
    if (!isOver(state)) return;
    void lane.work.then(() => {
      const isLeftToDo =
        lane.stopping.size > 0 || tasksOf(lane.state).some(({ key }) => !lane.begun.has(key));
      if (!isOver(lane.state) || isLeftToDo) return;
      lanes.delete(callId);
      topology.forget(callId, lane.state);
    });
  };
  return { lanes, impatient, underWay, recorders, voices, laneOf, follow, followAgain };
};

export const createOrders = (options: OrdersOptions): Orders => {
  const { uptimeMs } = options;
  const { lanes, impatient, underWay, recorders, voices, laneOf, follow, followAgain } =
    createFollowing(options);
  return {
    follow,
    keyPressed: (callId, state, leg, pressed) =>
      voices.keyPressed(callId, laneOf(callId, state), leg, pressed),
    hasHeard: (callId, legId, at) => (lanes.get(callId)?.heardAt.get(legId) ?? '') >= at,
    legLeft: (callId, state, handle) => recorders.legLeft(callId, laneOf(callId, state), handle),
    recorderRuns: (callId, recordingId) => {
      const lane = lanes.get(callId);
      if (lane) recorders.runs(callId, lane, recordingId);
    },
    tryAgain: () => {
      for (const callId of [...impatient]) {
        impatient.delete(callId);
        const waiting = [...(lanes.get(callId)?.unanswered.values() ?? [])];
        if (waiting.some(({ againAt }) => againAt > uptimeMs())) impatient.add(callId);
        followAgain(callId);
      }
    },
    takeHeart: (callId) => {
      const lane = lanes.get(callId);
      if (!lane) return;
      for (const key of lane.unanswered.keys()) lane.begun.delete(key);
      lane.unanswered.clear();
      follow(callId, lane.state);
    },
    reported: (callId) => {
      const lane = lanes.get(callId);
      if (lane) lane.changes += 1;
    },
    wasOrdered: (callId, taskKey) => lanes.get(callId)?.begun.has(taskKey) === true,
    changesOn: (callId) => lanes.get(callId)?.changes ?? 0,
    idle: async () => {
      for (;;) {
        const before = [...lanes.values()].map(({ work }) => work);
        await Promise.allSettled([...before, ...underWay]);
        if (underWay.size === 0 && [...lanes.values()].every(({ work }) => before.includes(work))) return;
      }
    },
  };
};
