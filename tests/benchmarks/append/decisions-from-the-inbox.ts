import type { EventLog, Coordination, DecisionService } from '@earshot/event-log';
import { runDecisions } from '@earshot/event-log';
import type { CallState } from '../../../services/supervision/src/domain/call-state.ts';
import { inputsOf, type Input } from '../../../services/supervision/src/domain/input.ts';
import type { Permissions } from '../../../services/supervision/src/domain/permission.ts';
import { supervisionDecider } from '../../../services/supervision/src/domain/supervision.ts';
import { stopwatchOn } from './stopwatch.ts';

const permissions: Permissions = {
  isEnabled: () => true,
  hasExtension: () => true,
  grantsFor: (supervisor, target) =>
    supervisor === '1001' && target === '1004'
      ? [{ modes: ['spy', 'whisper', 'barge'], supervisable: true }]
      : [],
  rules: () => ({ maxPerCall: 3, hearEachOther: 'barging' }),
};

const supervision: DecisionService<CallState, Input, 'supervision'> = {
  writer: 'supervision',
  decider: supervisionDecider,
  inputsOf: (event, state) => inputsOf(event, permissions, state),
};

/**
 * What supervision decides on messages that wait in the log: inbox, load, decide, append with the expected version, checkpoint.
 * @returns seconds from the first call that was loaded to the last decision stored, and how many were
 */
export const decideFromTheInbox = async (
  log: EventLog,
  coordination: Coordination,
): Promise<{ readonly seconds: number; readonly decisions: number }> => {
  const stopwatch = stopwatchOn(log, 'load');
  const running = await runDecisions({
    service: supervision,
    log: stopwatch.log,
    coordination,
    owner: 'supervision-1',
  });
  await running[Symbol.asyncDispose]();
  return stopwatch.read();
};
