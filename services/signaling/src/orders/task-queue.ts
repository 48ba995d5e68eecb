import { SpanKind, context, trace } from '@opentelemetry/api';
import { attributeNames, spanNames, type CallId, type Instant } from '@earshot/contracts';
import { parentOf, type OutsideCause } from '@earshot/event-log';
import { withSpan, type Logger } from '@earshot/service-kit';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Outcome } from '../domain/switch.ts';
import { tasksOf, type Task } from '../domain/tasks.ts';
import { mayTryAgain, type Lane } from './lane.ts';
import { inputAfterFailure, type PlainTask } from './operation-of.ts';
import type { PerformTask } from './perform-task.ts';

export interface TaskQueueOptions {
  readonly perform: PerformTask;
  /** Whether a task may be done now; asked again right before it is done. */
  readonly mayDo: (task: Task) => boolean;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly now: () => Instant;
  readonly uptimeMs: () => number;
  readonly closing: AbortSignal;
  readonly decide: (callId: CallId, input: CallInput, cause: OutsideCause) => Promise<unknown>;
  /** Goes on beside whatever else is under way. */
  readonly aside: (work: Promise<unknown>) => void;
  /** Does what the state of a call asks for now. */
  readonly followAgain: (callId: CallId) => void;
  /** A task got no answer, and is to be begun again when it is due. */
  readonly tryLater: (callId: CallId) => void;
}

/** Does the tasks of each call in order, each once. Stopping and collecting recordings wait for none of the others. */
export interface TaskQueue {
  /** Does nothing when the task is under way or done, or when it got no answer and is not due yet. */
  begin(callId: CallId, lane: Lane, task: Task): void;
}

const unanswered =
  'ALARM: the switch does not answer to an order; it is given up until the call changes or the switch is ' +
  'seen again';
/** Nothing else is concluded from these than that they are tried again. */
const concludeNothing = [
  'apply-topology',
  'start-recorder',
  'stop-recorder',
  'collect-recording',
  'drop-bridges',
  'hang-up',
];

const isDue = (lane: Lane, { task, key }: Task): boolean =>
  task === 'apply-topology' || tasksOf(lane.state).some((due) => due.key === key);

/** Below the decision that asked for it, so that a trace leads from a key to what became of it on the switch. */
const tracing =
  (perform: PerformTask): PerformTask =>
  (callId, lane, task) =>
    withSpan(
      trace.getTracer('@earshot/signaling'),
      `${spanNames.switchOperation} ${task.task}`,
      {
        kind: SpanKind.CLIENT,
        parent: parentOf(context.active(), callId),
        attributes: { [attributeNames.callId]: callId, [attributeNames.switchOperation]: task.task },
      },
      async (span) => {
        const outcome = await perform(callId, lane, task);
        span.setAttribute(attributeNames.outcome, outcome.outcome);
        return outcome;
      },
    );

export const createTaskQueue = (options: TaskQueueOptions): TaskQueue => {
  const { mayDo, directory, logger, now, uptimeMs, closing, decide, aside, followAgain, tryLater } = options;
  const perform = tracing(options.perform);

  /** It was asked for often enough: whoever waits for it learns that it will not come. */
  const giveUp = async (callId: CallId, task: Task): Promise<void> => {
    logger.error({ callId, task: task.key }, unanswered);
    const input = concludeNothing.includes(task.task)
      ? undefined
      : inputAfterFailure(task as PlainTask, now(), directory);
    if (input) await decide(callId, input, { source: 'SWITCH', id: `${input.type}:${task.key}:given-up` });
    followAgain(callId);
  };

  const settle = async (callId: CallId, lane: Lane, task: Task, outcome: Outcome): Promise<void> => {
    if (outcome.outcome === 'done') return void lane.unanswered.delete(task.key);
    const { reason } = outcome;
    logger.warn({ callId, task: task.key, outcome: outcome.outcome, reason }, 'the switch did not do a task');
    if (outcome.outcome !== 'unknown') return;
    if (!mayTryAgain(lane, task.key, uptimeMs())) return giveUp(callId, task);
    lane.begun.delete(task.key);
    tryLater(callId);
  };

  const run = async (callId: CallId, lane: Lane, task: Task): Promise<void> => {
    if (closing.aborted) return;
    if (!isDue(lane, task) || !mayDo(task)) return void lane.begun.delete(task.key);
    try {
      await settle(callId, lane, task, await perform(callId, lane, task));
    } catch (error) {
      logger.error({ callId, task: task.key, error }, 'a task for the switch failed');
      await settle(callId, lane, task, { outcome: 'unknown', reason: 'it threw' });
    }
    // A recorder that was stopped may start after all, and is stopped again then.
    if (task.task === 'stop-recorder') lane.begun.delete(task.key);
  };

  return {
    begin: (callId, lane, task) => {
      if (lane.begun.has(task.key) || (lane.unanswered.get(task.key)?.againAt ?? 0) > uptimeMs()) return;
      lane.begun.add(task.key);
      const asked = context.active();
      const work = (): Promise<void> => context.with(asked, () => run(callId, lane, task));
      if (task.task === 'stop-recorder' || task.task === 'collect-recording') aside(work());
      else lane.work = lane.work.then(work);
    },
  };
};
