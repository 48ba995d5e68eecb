import { callerOf, type CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Directory } from '../domain/directory.ts';
import type { Handle, SwitchOperation } from '../domain/switch.ts';
import type { Task } from '../domain/tasks.ts';

/** What the phone that is rung shows: who calls, and to whoever is to supervise whom. */
const callerNumberOf = (state: CallState, leg: Handle): string => {
  const called = state.called.find(({ legId }) => legId === leg);
  if (called) return called.target;
  if (state.direction === 'outbound') return state.line?.number ?? 'anonymous';
  const caller = callerOf(state);
  return caller?.number ?? caller?.agent?.extension ?? 'anonymous';
};

/** Tasks that are one operation of the switch. */
export type PlainTask = Exclude<
  Task,
  { task: 'apply-topology' | 'start-recorder' | 'stop-recorder' | 'collect-recording' | 'drop-bridges' }
>;

export const operationOf = (task: PlainTask, state: CallState): SwitchOperation => {
  switch (task.task) {
    case 'answer':
    case 'ring-back':
    case 'hang-up':
      return { op: task.task, leg: task.leg };
    case 'start-music':
      return { op: 'start-waiting-music', leg: task.leg };
    case 'ring':
      return {
        op: 'ring',
        leg: task.leg,
        to: task.to,
        ringForMs: task.ringForMs,
        callerNumber: callerNumberOf(state, task.leg),
      };
    case 'play':
      return {
        op: 'play',
        promptId: task.promptId,
        leg: task.leg,
        text: task.text,
        contentHash: task.contentHash,
      };
    case 'stop-prompt':
      return { op: 'stop-prompt', promptId: task.promptId };
  }
};

/** What the log must learn of a task that the switch refused, or did not answer however often it was asked. */
export const inputAfterFailure = (
  task: PlainTask,
  at: CallInput['at'],
  directory: Directory,
): CallInput | undefined => {
  switch (task.task) {
    case 'ring':
      return { type: 'ring-refused', at, handle: task.leg };
    case 'hang-up':
      return { type: 'leg-gone', at, handle: task.leg, reason: 'lost' };
    case 'play':
      return { type: 'prompt-ended', at, promptId: task.promptId, outcome: 'failed', directory };
    case 'stop-prompt':
      return { type: 'prompt-ended', at, promptId: task.promptId, outcome: 'cut_short', directory };
    case 'answer':
    case 'ring-back':
    case 'start-music':
      return undefined;
  }
};
