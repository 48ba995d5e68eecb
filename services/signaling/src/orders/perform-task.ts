import type { CallId, Instant } from '@earshot/contracts';
import type { OutsideCause } from '@earshot/event-log';
import type { Logger } from '@earshot/service-kit';
import type { CallInput } from '../domain/call-input.ts';
import { isParty, type CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import { notTheMaster, type Outcome, type Switch } from '../domain/switch.ts';
import type { Task } from '../domain/tasks.ts';
import { heardPairs, isApplied, type WantedTopology } from '../domain/wanted-topology.ts';
import type { Collector } from './collector.ts';
import type { Lane } from './lane.ts';
import { inputAfterFailure, operationOf, type PlainTask } from './operation-of.ts';
import type { RecordersOnSwitch } from './recorders-on-switch.ts';
import type { TopologyOnSwitch } from './topology-on-switch.ts';
import { wishOf } from './wish-of.ts';

export interface PerformOptions {
  readonly switch: Switch;
  readonly topology: TopologyOnSwitch;
  readonly recorders: RecordersOnSwitch;
  readonly collector: Collector;
  readonly directory: Directory;
  readonly logger: Logger;
  readonly now: () => Instant;
  readonly decide: (callId: CallId, input: CallInput, cause: OutsideCause) => Promise<unknown>;
  /** Lets something run beside the tasks of the call. */
  readonly aside: (work: Promise<unknown>) => void;
  /** Tells the log; nothing here waits for it. */
  readonly tell: (callId: CallId, about: string, input: CallInput) => void;
}

/** Does a task on the switch, and tells the log what came of it. `unknown`: it is to be tried again. */
export type PerformTask = (callId: CallId, lane: Lane, task: Task) => Promise<Outcome>;

type TopologyTask = Extract<Task, { task: 'apply-topology' }>;
type AppliedInput = Extract<CallInput, { type: 'topology-applied' }>;

/** How often in all parties that cannot be brought together are tried before their call ends. */
const mostFailures = 5;
const cannotTalk = 'ALARM: the parties of a call cannot be brought together; the call is ended';

/** A refusal while somebody supervises may be because of that leg, which costs no party its call. */
const isAmongParties = (state: CallState, { pairs }: WantedTopology): boolean =>
  pairs.every(({ listener }) => isParty(state, listener));

const applyingTopology =
  ({ topology, logger, now, decide, aside, tell }: PerformOptions) =>
  async (callId: CallId, lane: Lane, task: TopologyTask): Promise<Outcome> => {
    lane.changes += 1;
    const granted = await topology.apply(callId, () => wishOf(lane));
    if (!granted) {
      lane.begun.delete(task.key);
      return { outcome: 'done' };
    }
    const { outcome, wanted } = granted;
    const at = now();
    const learns = (about: Pick<AppliedInput, 'reason' | 'pairs'>): Promise<unknown> =>
      decide(
        callId,
        { type: 'topology-applied', at, topologyId: wanted.topologyId, outcome, ...about },
        { source: 'SWITCH', id: `topology-applied:${task.key}:${outcome}:${at}` },
      );
    if (granted.outcome === 'done') {
      lane.failures = 0;
      const isKnown = isApplied(lane.state, wanted)
        ? Promise.resolve()
        : learns({ reason: null, pairs: heardPairs(wanted) });
      // What comes next on the switch does not wait until the log has this.
      aside(isKnown.finally(() => lane.begun.delete(task.key)));
      return granted;
    }
    // The log has that from whoever is the master.
    if (granted.reason === notTheMaster.reason) return granted;
    await learns({ reason: granted.reason, pairs: null });
    if (outcome === 'refused' && isAmongParties(lane.state, wanted)) lane.failures += 1;
    if (lane.failures === mostFailures) {
      logger.error({ callId, reason: granted.reason }, cannotTalk);
      tell(callId, task.key, { type: 'connecting-given-up', at: now() });
    }
    // Tried again like what got no answer: what refused may do it when the call looks different.
    return { outcome: 'unknown', reason: granted.reason };
  };

const doingPlain =
  ({ switch: theSwitch, directory, now, decide }: PerformOptions) =>
  async (callId: CallId, lane: Lane, task: PlainTask): Promise<Outcome> => {
    lane.changes += 1;
    const outcome = await theSwitch.perform(operationOf(task, lane.state));
    if (outcome.outcome !== 'refused') return outcome;
    // A ring that got no answer may be carried out all the same: that its repetition is refused proves nothing.
    if (task.task === 'ring' && lane.unanswered.has(task.key))
      return { outcome: 'unknown', reason: outcome.reason };
    const input = inputAfterFailure(task, now(), directory);
    if (input) await decide(callId, input, { source: 'SWITCH', id: `${input.type}:${task.key}:refused` });
    return outcome;
  };

const startingRecorder =
  ({ topology, recorders }: PerformOptions) =>
  async (callId: CallId, lane: Lane, recordingId: string): Promise<Outcome> => {
    const bridge = topology.mainBridgeOf(callId);
    if (bridge === undefined) return { outcome: 'unknown', reason: 'the bridge of the parties is not known' };
    return (await recorders.start(callId, lane, recordingId, bridge)) ?? { outcome: 'done' };
  };

export const performingTasks = (options: PerformOptions): PerformTask => {
  const { topology, recorders, collector } = options;
  const applyTopology = applyingTopology(options);
  const doPlain = doingPlain(options);
  const startRecorder = startingRecorder(options);
  return async (callId, lane, task) => {
    switch (task.task) {
      case 'apply-topology':
        return applyTopology(callId, lane, task);
      case 'start-recorder':
        return startRecorder(callId, lane, task.recordingId);
      case 'stop-recorder':
        await recorders.stop(callId, lane, task.recordingId);
        return { outcome: 'done' };
      case 'collect-recording':
        return collector.collect(callId, () => lane.state, task.recordingId);
      case 'drop-bridges':
        lane.changes += 1;
        return topology.clear(callId);
      default:
        return doPlain(callId, lane, task);
    }
  };
};
