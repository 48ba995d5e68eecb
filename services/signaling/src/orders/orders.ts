import { SpanKind, context, trace } from '@opentelemetry/api';
import { attributeNames, spanNames, type CallId, type Instant, type SupervisionMode } from '@earshot/contracts';
import { parentOf, type OutsideCause, type Timing } from '@earshot/event-log';
import { withSpan, type Logger } from '@earshot/service-kit';
import { allowedRecording, isOver, liveLegs, saysLess, type CallState, type Leg } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Handle, Outcome, Switch } from '../domain/switch.ts';
import { tasksOf, type Task } from '../domain/tasks.ts';
import { heardPairs, isApplied, wantedTopology } from '../domain/wanted-topology.ts';
import type { Collector } from './collector.ts';
import { mayTryAgain, newLane, type Lane } from './lane.ts';
import { inputAfterFailure, operationOf, type PlainTask } from './operation-of.ts';
import { createRecordersOnSwitch } from './recorders-on-switch.ts';
import type { TopologyOnSwitch, Wish } from './topology-on-switch.ts';

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
   * what stops a recorder.
   */
  readonly may: () => 'do nothing' | 'stop recorders' | 'do everything';
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
  keyPressed(callId: CallId, state: CallState, leg: Leg, mode: SupervisionMode): () => void;
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

/** How often in all parties that cannot be brought together are tried before their call ends. */
const mostFailures = 5;

/** From this try on a voice that cannot be taken away is an alarm. */
const alarmingTry = 4;
const longestPauseMs = 2_000;

type TopologyTask = Extract<Task, { task: 'apply-topology' }>;
type AppliedInput = Extract<CallInput, { type: 'topology-applied' }>;

export const createOrders = (options: OrdersOptions): Orders => {
  const { switch: theSwitch, topology, collector, directory, logger, now, uptimeMs, timing, closing, may, decide } = options;
  const lanes = new Map<CallId, Lane>();
  const impatient = new Set<CallId>();
  const apart = new Set<Promise<unknown>>();

  const aside = (work: Promise<unknown>): void => {
    const tracked = work.catch((error: unknown) => logger.error({ error }, 'an order to the switch failed')).finally(() => apart.delete(tracked));
    apart.add(tracked);
  };
  /** A task that failed may be done later: what came of it is part of the cause, else the second would pass for the first. */
  const tell = (callId: CallId, about: string, input: CallInput): void => aside(decide(callId, input, { source: 'SWITCH', id: `${input.type}:${about}:${input.at}` }));
  const recorders = createRecordersOnSwitch({ switch: theSwitch, logger, timing, now, closing, tell });

  const laneOf = (callId: CallId, state: CallState): Lane => {
    const lane = lanes.get(callId) ?? newLane(state);
    lanes.set(callId, lane);
    return lane;
  };

  /** What the state asks for, and what keys ask for that are not in it yet. */
  const wishOf = (lane: Lane): Wish | undefined => {
    const wanted = wantedTopology(lane.state);
    if (!wanted) return undefined;
    const early = lane.state.supervisors.flatMap(({ legId, mode }) => {
      const pressed = lane.pressed.get(legId);
      return pressed && saysLess(pressed, mode) ? [legId] : [];
    });
    return { state: lane.state, wanted: { ...wanted, muted: [...new Set([...wanted.muted, ...early])] } };
  };

  const applyTopology = async (callId: CallId, lane: Lane, task: TopologyTask): Promise<Outcome> => {
    lane.changes += 1;
    const granted = await topology.apply(callId, () => wishOf(lane));
    if (granted?.outcome !== 'refused' && granted?.outcome !== 'unknown') lane.begun.delete(task.key);
    if (!granted) return { outcome: 'done' };
    const { outcome, wanted } = granted;
    const { topologyId } = wanted;
    const at = now();
    const learns = (about: Pick<AppliedInput, 'reason' | 'pairs'>): Promise<unknown> =>
      decide(callId, { type: 'topology-applied', at, topologyId, outcome, ...about }, { source: 'SWITCH', id: `topology-applied:${task.key}:${outcome}:${at}` });
    if (granted.outcome === 'done') {
      lane.failures = 0;
      if (!isApplied(lane.state, wanted)) await learns({ reason: null, pairs: heardPairs(wanted) });
      return granted;
    }
    await learns({ reason: granted.reason, pairs: null });
    if (outcome === 'refused') lane.failures += 1;
    if (lane.failures === mostFailures) {
      logger.error({ callId, reason: granted.reason }, 'ALARM: the parties of a call cannot be brought together; the call is ended');
      tell(callId, task.key, { type: 'connecting-given-up', at: now() });
    }
    // Tried again like what got no answer: what refused may do it when the call looks different.
    return { outcome: 'unknown', reason: granted.reason };
  };

  const doPlain = async (callId: CallId, lane: Lane, task: PlainTask): Promise<Outcome> => {
    lane.changes += 1;
    const outcome = await theSwitch.perform(operationOf(task, lane.state));
    // A ring that got no answer may be carried out all the same: that its repetition is refused proves nothing.
    if (outcome.outcome === 'refused' && task.task === 'ring' && lane.unanswered.has(task.key)) return { outcome: 'unknown', reason: outcome.reason };
    const input = outcome.outcome === 'refused' ? inputAfterFailure(task, now(), directory) : undefined;
    if (input) await decide(callId, input, { source: 'SWITCH', id: `${input.type}:${task.key}:refused` });
    return outcome;
  };

  const startRecorder = async (callId: CallId, lane: Lane, recordingId: string): Promise<Outcome> => {
    const bridge = topology.mainBridgeOf(callId);
    if (bridge === undefined) return { outcome: 'unknown', reason: 'the bridge of the parties is not known' };
    return (await recorders.start(callId, lane, recordingId, bridge)) ?? { outcome: 'done' };
  };

  const perform = (callId: CallId, lane: Lane, task: Task): Promise<Outcome> => {
    switch (task.task) {
      case 'apply-topology': return applyTopology(callId, lane, task);
      case 'start-recorder': return startRecorder(callId, lane, task.recordingId);
      case 'stop-recorder': return recorders.stop(callId, lane, task.recordingId).then(() => ({ outcome: 'done' }));
      case 'collect-recording': return collector.collect(callId, () => lane.state, task.recordingId);
      case 'drop-bridges':
        lane.changes += 1;
        return topology.clear(callId);
      default: return doPlain(callId, lane, task);
    }
  };

  /** It was asked for often enough: whoever waits for it learns that it will not come. */
  const giveUp = async (callId: CallId, task: Task): Promise<void> => {
    logger.error({ callId, task: task.key }, 'ALARM: the switch does not answer to an order; it is given up until the call changes or the switch is seen again');
    const isPlain = !['apply-topology', 'start-recorder', 'stop-recorder', 'collect-recording', 'drop-bridges', 'hang-up'].includes(task.task);
    const input = isPlain ? inputAfterFailure(task as PlainTask, now(), directory) : undefined;
    if (input) await decide(callId, input, { source: 'SWITCH', id: `${input.type}:${task.key}:given-up` });
    const lane = lanes.get(callId);
    if (lane) follow(callId, lane.state);
  };

  const settle = async (callId: CallId, lane: Lane, task: Task, outcome: Outcome): Promise<void> => {
    if (outcome.outcome === 'done') return void lane.unanswered.delete(task.key);
    logger.warn({ callId, task: task.key, outcome: outcome.outcome, reason: outcome.reason }, 'the switch did not do a task');
    if (outcome.outcome !== 'unknown') return;
    if (!mayTryAgain(lane, task.key, uptimeMs())) return giveUp(callId, task);
    lane.begun.delete(task.key);
    impatient.add(callId);
  };

  /** Below the decision that asked for it, so that a trace leads from a key to what became of it on the switch. */
  const performTraced = (callId: CallId, lane: Lane, task: Task): Promise<void> => withSpan(trace.getTracer('@earshot/signaling'), `${spanNames.switchOperation} ${task.task}`, {
    kind: SpanKind.CLIENT,
    parent: parentOf(context.active(), callId),
    attributes: { [attributeNames.callId]: callId, [attributeNames.switchOperation]: task.task },
  }, async (span) => {
    const outcome = await perform(callId, lane, task);
    span.setAttribute(attributeNames.outcome, outcome.outcome);
    await settle(callId, lane, task, outcome);
  });

  const mayDo = ({ task }: Task): boolean => may() === 'do everything' || (may() === 'stop recorders' && task === 'stop-recorder');
  const isDue = (lane: Lane, task: Task): boolean => task.task === 'apply-topology' || tasksOf(lane.state).some(({ key }) => key === task.key);

  const run = async (callId: CallId, lane: Lane, task: Task): Promise<void> => {
    if (closing.aborted) return;
    if (!isDue(lane, task) || !mayDo(task)) return void lane.begun.delete(task.key);
    try {
      await performTraced(callId, lane, task);
    } catch (error) {
      logger.error({ callId, task: task.key, error }, 'a task for the switch failed');
      await settle(callId, lane, task, { outcome: 'unknown', reason: 'it threw' });
    }
    // A recorder that was stopped may start after all, and is stopped again then.
    if (task.task === 'stop-recorder') lane.begun.delete(task.key);
  };

  const begin = (callId: CallId, lane: Lane, task: Task): void => {
    if (lane.begun.has(task.key) || (lane.unanswered.get(task.key)?.againAt ?? 0) > uptimeMs()) return;
    lane.begun.add(task.key);
    const asked = context.active();
    const traced = (): Promise<void> => context.with(asked, () => run(callId, lane, task));
    if (task.task === 'stop-recorder' || task.task === 'collect-recording') aside(traced());
    else lane.work = lane.work.then(traced);
  };

  /** A voice that was taken away at a key which then changed nothing. */
  const restoring = (callId: CallId, lane: Lane): readonly Task[] => {
    const wish = wishOf(lane);
    if (!wish || !isApplied(lane.state, { ...wish.wanted, muted: wish.wanted.muted })) return [];
    const shallBeMuted = new Set(liveLegs(lane.state).filter(({ legId }) => wish.wanted.muted.includes(legId)).map(({ handle }) => handle));
    const seated = liveLegs(lane.state).filter(({ legId }) => wish.wanted.pairs.some(({ listener }) => listener === legId)).map(({ handle }) => handle);
    const excess = seated.filter((handle) => topology.mutedOn(callId).has(handle) && !shallBeMuted.has(handle));
    return excess.length === 0 ? [] : [{ key: `let ${excess.join(' ')} be heard again`, task: 'apply-topology', ...wish.wanted }];
  };

  /** The key has led to what it asked for, and that is made. */
  const isSettled = (lane: Lane, legId: string): boolean => {
    const wish = wishOf(lane);
    return !wish || (!wish.wanted.muted.includes(legId) && isApplied(lane.state, wish.wanted));
  };

  /** Takes a voice away, again while the switch does not answer, until a newer key or what the key asked for is there. */
  const silence = async (callId: CallId, lane: Lane, { legId, handle }: Leg): Promise<void> => {
    const key = lane.keys.get(legId);
    for (let attempt = 1; !closing.aborted && lane.keys.get(legId) === key && !isSettled(lane, legId); attempt += 1) {
      const { outcome } = await topology.mute(callId, handle);
      if (outcome !== 'unknown') break;
      if (attempt === alarmingTry) logger.error({ callId }, 'ALARM: a voice that shall no longer be heard cannot be taken away; it is tried on');
      await timing.pause(Math.min(longestPauseMs, 50 * 2 ** attempt), closing);
    }
    // It may have come after what gave the voice back.
    follow(callId, lane.state);
  };

  const follow = (callId: CallId, state: CallState): void => {
    const lane = laneOf(callId, state);
    lane.state = state;
    for (const task of [...tasksOf(state), ...restoring(callId, lane)]) if (mayDo(task)) begin(callId, lane, task);
    if (!isOver(state)) return;
    void lane.work.then(() => {
      if (!isOver(lane.state) || lane.stopping.size > 0 || tasksOf(lane.state).some(({ key }) => !lane.begun.has(key))) return;
      lanes.delete(callId);
      topology.forget(callId);
    });
  };

  return {
    follow,
    keyPressed: (callId, state, leg, mode) => {
      const lane = laneOf(callId, state);
      lane.pressed.set(leg.legId, mode);
      lane.keys.set(leg.legId, (lane.keys.get(leg.legId) ?? 0) + 1);
      const before = lane.state.supervisors.find(({ legId }) => legId === leg.legId);
      if (before && saysLess(mode, before.mode)) aside(silence(callId, lane, leg));
      return () => {
        if (lane.pressed.get(leg.legId) === mode) lane.pressed.delete(leg.legId);
        follow(callId, lane.state);
      };
    },
    legLeft: (callId, state, handle) => {
      const lane = laneOf(callId, state);
      lane.left.add(handle);
      if (allowedRecording(lane.state, lane.left) === null) {
        const concerned = lane.state.recordings.filter(({ recordingId, recorder }) => recorder === 'running' || recorder === 'unknown' || lane.starting.has(recordingId));
        for (const { recordingId } of concerned) aside(recorders.stop(callId, lane, recordingId));
      }
      return () => void lane.left.delete(handle);
    },
    recorderRuns: (callId, recordingId) => {
      const lane = lanes.get(callId);
      if (lane && allowedRecording(lane.state, lane.left) !== recordingId) aside(recorders.stop(callId, lane, recordingId));
    },
    tryAgain: () => {
      for (const callId of [...impatient]) {
        const lane = lanes.get(callId);
        impatient.delete(callId);
        if (!lane) continue;
        if ([...lane.unanswered.values()].some(({ againAt }) => againAt > uptimeMs())) impatient.add(callId);
        follow(callId, lane.state);
      }
    },
    takeHeart: (callId) => {
      const lane = lanes.get(callId);
      if (!lane) return;
      for (const key of lane.unanswered.keys()) lane.begun.delete(key);
      lane.unanswered.clear();
      follow(callId, lane.state);
    },
    wasOrdered: (callId, taskKey) => lanes.get(callId)?.begun.has(taskKey) === true,
    reported: (callId) => {
      const lane = lanes.get(callId);
      if (lane) lane.changes += 1;
    },
    changesOn: (callId) => lanes.get(callId)?.changes ?? 0,
    idle: async () => {
      for (;;) {
        const before = [...lanes.values()].map(({ work }) => work);
        await Promise.allSettled([...before, ...apart]);
        if (apart.size === 0 && [...lanes.values()].every(({ work }) => before.includes(work))) return;
      }
    },
  };
};
