import { SpanKind, context, trace } from '@opentelemetry/api';
import { attributeNames, spanNames, type CallId, type Instant } from '@earshot/contracts';
import { parentOf, type OutsideCause, type Timing } from '@earshot/event-log';
import { withSpan, type Logger } from '@earshot/service-kit';
import { callerOf, isOver, type CallState } from './domain/call-state.ts';
import type { CallInput } from './domain/call-input.ts';
import type { Directory } from './domain/directory.ts';
import type { Outcome, Switch, SwitchOperation } from './domain/switch.ts';
import { tasksOf, type Task } from './domain/tasks.ts';
import type { TopologyOnSwitch } from './topology-on-switch.ts';

/** How often an operation without an answer is tried before the call is left to the next reconciliation. */
const attempts = 5;
/** Pause before an operation without an answer is tried again, in ms. */
const retryAfterMs = 300;

export interface HandsOptions {
  readonly switch: Switch;
  readonly topology: TopologyOnSwitch;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly now: () => Instant;
  readonly timing: Timing;
  readonly decide: (callId: CallId, input: CallInput, cause: OutsideCause) => Promise<unknown>;
}

/** What does on the switch what the log asks for, call by call, each task once and in order. */
export interface Hands {
  /** Takes in the newest state of a call and does what it asks for. */
  follow(callId: CallId, state: CallState): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface Lane {
  state: CallState;
  readonly begun: Set<string>;
  work: Promise<void>;
}

export const createHands = ({ switch: theSwitch, topology, directory, logger, now, timing, decide }: HandsOptions): Hands => {
  const lanes = new Map<CallId, Lane>();

  /** A task that failed may be done later: what came of it is part of the cause, else the second would pass for the first. */
  const tell = async (callId: CallId, task: Task, { outcome }: Outcome, input: CallInput): Promise<void> => {
    await decide(callId, input, { source: 'SWITCH', id: `${input.type}:${task.key}:${outcome}` });
  };

  const operate = async (operation: SwitchOperation): Promise<Outcome> => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await theSwitch.perform(operation);
      if (outcome.outcome !== 'unknown' || attempt === attempts) return outcome;
      await timing.pause(retryAfterMs * attempt);
    }
  };

  const operationOf = (task: Task, state: CallState): SwitchOperation | undefined => {
    switch (task.task) {
      case 'answer': case 'ring-back': case 'hang-up': return { op: task.task, leg: task.leg };
      case 'start-music': return { op: 'start-waiting-music', leg: task.leg };
      case 'ring': return { op: 'ring', leg: task.leg, to: task.to, ringForMs: task.ringForMs, callerNumber: callerNumberOf(state) };
      case 'play': return { op: 'play', promptId: task.promptId, leg: task.leg, text: task.text, contentHash: task.contentHash };
      case 'stop-prompt': return { op: 'stop-prompt', promptId: task.promptId };
      case 'start-recorder': return { op: 'start-recorder', recordingId: task.recordingId, bridge: task.bridgeId };
      case 'stop-recorder': return { op: 'stop-recorder', recordingId: task.recordingId };
      case 'apply-topology': case 'drop-bridges': return undefined;
    }
  };

  /** What the log must learn of an operation that the switch did not do. Without an answer only a recorder is told of: it counts as running. */
  const afterFailure = async (task: Task, { outcome, reason }: Exclude<Outcome, { outcome: 'done' }>): Promise<CallInput | undefined> => {
    const at = now();
    if (task.task === 'start-recorder' || task.task === 'stop-recorder') {
      const { recordingId } = task;
      if (outcome === 'unknown') return { type: 'recorder-unknown', at, recordingId, reason };
      if (task.task === 'start-recorder') return { type: 'recorder-refused', at, recordingId, reason };
      return { type: 'recorder-stopped', at, recordingId, durationMs: (await theSwitch.recordingLength(recordingId)) ?? 0 };
    }
    if (outcome === 'unknown') return undefined;
    switch (task.task) {
      case 'ring': return { type: 'leg-gone', at, handle: task.leg, reason: 'unreachable' };
      case 'hang-up': return { type: 'leg-gone', at, handle: task.leg, reason: 'lost' };
      case 'play': return { type: 'prompt-ended', at, promptId: task.promptId, outcome: 'failed', directory };
      case 'stop-prompt': return { type: 'prompt-ended', at, promptId: task.promptId, outcome: 'cut_short', directory };
      default: return undefined;
    }
  };

  const applyTopology = async (callId: CallId, lane: Lane, task: Extract<Task, { task: 'apply-topology' }>): Promise<Outcome> => {
    const outcome = await topology.apply(callId, lane.state, task.pairs);
    await tell(callId, task, outcome, {
      type: 'topology-applied', at: now(), topologyId: task.topologyId, outcome: outcome.outcome,
      ...(outcome.outcome === 'done' ? { reason: null, pairs: task.pairs } : { reason: outcome.reason, pairs: null }),
    });
    if (outcome.outcome !== 'done') lane.begun.delete(task.key);
    return outcome;
  };

  const perform = async (callId: CallId, lane: Lane, task: Task): Promise<Outcome> => {
    if (task.task === 'apply-topology') return applyTopology(callId, lane, task);
    if (task.task === 'drop-bridges') await topology.clear(callId);
    const operation = operationOf(task, lane.state);
    const outcome = operation ? await operate(operation) : { outcome: 'done' as const };
    if (outcome.outcome === 'done') return outcome;
    logger.warn({ callId, task: task.key, outcome: outcome.outcome, reason: outcome.reason }, 'the switch did not do a task');
    const learnt = await afterFailure(task, outcome);
    if (learnt) await tell(callId, task, outcome, learnt);
    if (outcome.outcome === 'unknown') lane.begun.delete(task.key);
    return outcome;
  };

  /** Below the decision that asked for it, so that a trace leads from a key to what became of it on the switch. */
  const performTraced = (callId: CallId, lane: Lane, task: Task): Promise<void> => withSpan(trace.getTracer('@earshot/signaling'), `${spanNames.switchOperation} ${task.task}`, {
    kind: SpanKind.CLIENT,
    parent: parentOf(context.active(), callId),
    attributes: { [attributeNames.callId]: callId, [attributeNames.switchOperation]: task.task },
  }, async (span) => {
    const { outcome } = await perform(callId, lane, task);
    span.setAttribute(attributeNames.outcome, outcome);
    logger.debug({ callId, task: task.key, outcome }, 'the switch was asked for a task');
  });

  const run = (callId: CallId, lane: Lane, task: Task): void => {
    lane.begun.add(task.key);
    const asked = context.active();
    lane.work = lane.work.then(() => context.with(asked, async () => {
      const isStillDue = tasksOf(lane.state).some(({ key }) => key === task.key);
      if (!isStillDue) return;
      try {
        await performTraced(callId, lane, task);
      } catch (error) {
        lane.begun.delete(task.key);
        logger.error({ callId, task: task.key, error }, 'a task for the switch failed');
      }
    }));
  };

  return {
    follow: (callId, state) => {
      const tasks = tasksOf(state);
      const lane = lanes.get(callId) ?? { state, begun: new Set<string>(), work: Promise.resolve() };
      lane.state = state;
      lanes.set(callId, lane);
      for (const task of tasks) if (!lane.begun.has(task.key)) run(callId, lane, task);
      if (isOver(state)) void lane.work.then(() => lanes.delete(callId));
    },
    idle: async () => {
      await Promise.allSettled([...lanes.values()].map(({ work }) => work));
    },
  };
};

const callerNumberOf = (state: CallState): string => {
  if (state.direction === 'outbound') return state.line?.number ?? 'anonymous';
  const caller = callerOf(state);
  return caller?.number ?? caller?.agent?.extension ?? 'anonymous';
};
