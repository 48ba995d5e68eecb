import type { CallId } from '@earshot/contracts';
import { runDecisions, type EventLog, type Coordination, type DecisionService } from '@earshot/event-log';
import { call } from '../../../services/signaling/src/domain/call.ts';
import type { CallInput } from '../../../services/signaling/src/domain/call-input.ts';
import type { CallState } from '../../../services/signaling/src/domain/call-state.ts';
import { noDirectory } from '../no-directory.ts';
import { tasksOf } from '../../../services/signaling/src/domain/tasks.ts';
import { keyAt } from './stored-calls.ts';
import { stopwatchOn } from './stopwatch.ts';

const signaling: DecisionService<CallState, CallInput, 'signaling'> = {
  writer: 'signaling',
  decider: call,
  inputsOf: () => [],
  // Signaling reckons after each commit what the switch shall do; nothing of it is done here.
  onState: (_, state) => void tasksOf(state),
};

/**
 * What signaling decides on keys that a switch reports, one after the other on each call, on all calls at once.
 * @param handle the supervisor's leg as the switch names it, on each of the calls
 * @returns seconds from the first report to the last decision stored, and how many were
 */
export const decideFromOutside = async (
  log: EventLog,
  coordination: Coordination,
  calls: readonly CallId[],
  handle: string,
  keysPerCall: number,
): Promise<{ readonly seconds: number; readonly decisions: number }> => {
  const stopwatch = stopwatchOn(log, 'append');
  await using running = await runDecisions({
    service: signaling,
    log: stopwatch.log,
    coordination,
    owner: 'signaling-1',
  });
  const pressAll = async (callId: CallId): Promise<void> => {
    for (let place = 0; place < keysPerCall; place += 1) {
      const at = new Date().toISOString();
      const decision = await running.decide(
        callId,
        { type: 'key-pressed', at, downAt: at, handle, key: keyAt(place), directory: noDirectory },
        { source: 'SWITCH', id: `key-pressed:${handle}:${place}` },
      );
      if (decision.outcome === 'ignored') throw new Error(`Signaling ignored a key: ${decision.because}`);
    }
  };
  await Promise.all(calls.map(pressAll));
  return stopwatch.read();
};
