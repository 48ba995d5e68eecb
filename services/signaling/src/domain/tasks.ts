import type { Topology } from '@earshot/contracts';
import {
  allowedRecording,
  callerOf,
  isParty,
  legOf,
  liveLegs,
  mustBeCollected,
  partiesTalk,
  type CallState,
  type Leg,
  type Recording,
} from './call-state.ts';
import type { Destination, Handle } from './switch.ts';
import { isApplied, wantedTopology } from './wanted-topology.ts';

/**
 * Something the switch shall do for a call: what shall be, less what the log says is so. `key` names it within the call;
 * the same state yields the same keys, so a task that is under way or done is not begun again.
 */
export type Task = { readonly key: string } & (
  | { readonly task: 'answer' | 'ring-back' | 'hang-up' | 'start-music'; readonly leg: Handle }
  | { readonly task: 'ring'; readonly leg: Handle; readonly to: Destination; readonly ringForMs: number }
  | {
      readonly task: 'play';
      readonly promptId: string;
      readonly leg: Handle;
      readonly text: string;
      readonly contentHash: string;
    }
  | { readonly task: 'stop-prompt'; readonly promptId: string }
  | {
      readonly task: 'apply-topology';
      readonly topologyId: string;
      readonly pairs: Topology;
      readonly muted: readonly string[];
    }
  | { readonly task: 'start-recorder'; readonly recordingId: string }
  | { readonly task: 'stop-recorder'; readonly recordingId: string }
  | { readonly task: 'collect-recording'; readonly recordingId: string }
  | { readonly task: 'drop-bridges' }
);

const isAnswered = (leg: Leg): boolean => leg.state === 'answered';

/**
 * Supervision's topology was tried in every way, and the switch refused: whoever has no seat yet does not get one, and
 * where all have theirs nobody keeps it. Since somebody of it has left it says nothing any more.
 */
const isDenied = (state: CallState, { legId }: Leg): boolean => {
  const { appliedTopology, topology, seated, supervisors, called } = state;
  if (appliedTopology?.outcome !== 'refused' || appliedTopology.topologyId !== topology?.topologyId)
    return false;
  // Who asked by API and has not begun is in no topology yet.
  const isAwaited =
    called.some((one) => one.legId === legId) && !supervisors.some((one) => one.legId === legId);
  if (isAwaited) return false;
  const areThere = topology.pairs.every(({ listener }) => legOf(state, listener)?.state !== 'ended');
  return areThere && (!seated.includes(legId) || supervisors.every((one) => seated.includes(one.legId)));
};

const mustGo = (state: CallState, leg: Leg): boolean => {
  if (state.dismissed.includes(leg.legId)) return true;
  const refusal = state.refused.find(({ legId }) => legId === leg.legId);
  if (refusal)
    return state.prompts.some(
      (prompt) => prompt.legId === leg.legId && prompt.kind === 'refusal' && prompt.state === 'ended',
    );
  if (state.ended) return true;
  if (leg.party === 'supervisor') return isDenied(state, leg);
  return state.conversation !== null && !isParty(state, leg.legId);
};

const mustAnswer = (state: CallState, leg: Leg): boolean => {
  if (leg.origin !== 'arrived' || leg.state !== 'new') return false;
  if (leg.party === 'supervisor') return true;
  if (state.direction === 'inbound') return state.policy !== 'awaited';
  return liveLegs(state).some(
    (other) => other.origin === 'offered' && other.party !== 'supervisor' && isAnswered(other),
  );
};

const destinationOf = (leg: Leg): Destination =>
  leg.agent
    ? { kind: 'extension', extension: leg.agent.extension }
    : { kind: 'outside', number: leg.number ?? '' };

const legTasks = (state: CallState): Task[] =>
  liveLegs(state).flatMap((leg): Task[] => {
    if (mustGo(state, leg)) return [{ key: `hang-up ${leg.legId}`, task: 'hang-up', leg: leg.handle }];
    if (mustAnswer(state, leg)) return [{ key: `answer ${leg.legId}`, task: 'answer', leg: leg.handle }];
    if (leg.state !== 'new') return [];
    if (leg.origin === 'arrived')
      return [{ key: `ring-back ${leg.legId}`, task: 'ring-back', leg: leg.handle }];
    return [
      {
        key: `ring ${leg.legId}`,
        task: 'ring',
        leg: leg.handle,
        to: destinationOf(leg),
        ringForMs: leg.ringForMs,
      },
    ];
  });

const promptTasks = (state: CallState): Task[] =>
  state.prompts.flatMap((prompt): Task[] => {
    const leg = legOf(state, prompt.legId);
    if (leg?.state !== 'answered' || prompt.state === 'ended') return [];
    // Who asked to supervise hears why not, whatever became of the call.
    const isMoot =
      prompt.kind !== 'refusal' &&
      (state.ended || isParty(state, leg.legId) || (prompt.kind === 'menu' && state.menuId === null));
    if (isMoot)
      return prompt.state === 'started'
        ? [{ key: `stop-prompt ${prompt.promptId}`, task: 'stop-prompt', promptId: prompt.promptId }]
        : [];
    if (prompt.state === 'started') return [];
    const { text, contentHash } = prompt.greeting;
    return [
      {
        key: `play ${prompt.promptId}`,
        task: 'play',
        promptId: prompt.promptId,
        leg: leg.handle,
        text,
        contentHash,
      },
    ];
  });

const musicTasks = (state: CallState): Task[] => {
  const caller = callerOf(state);
  if (!caller || caller.state !== 'answered' || state.queue?.legId !== caller.legId || state.ended) return [];
  return [{ key: `start-music ${caller.legId}`, task: 'start-music', leg: caller.handle }];
};

/** It stays due until the switch carries it. */
const topologyTasks = (state: CallState): Task[] => {
  const wanted = wantedTopology(state);
  if (!wanted || isApplied(state, wanted)) return [];
  const { topologyId, pairs, muted } = wanted;
  const legs = [...new Set(pairs.map(({ listener }) => listener))].toSorted().join(' ');
  return [
    {
      key: `apply-topology ${topologyId} among ${legs} muted ${muted.toSorted().join(' ')}`,
      task: 'apply-topology',
      topologyId,
      pairs,
      muted,
    },
  ];
};

const mayRun = ({ recorder }: Recording): boolean => recorder === 'running' || recorder === 'unknown';

/** Anything that is not allowed now is stopped, and what is not known too. */
const stopTasks = (state: CallState): Task[] => {
  const allowed = allowedRecording(state);
  return state.recordings
    .filter(
      (recording) =>
        mayRun(recording) && (recording.recorder === 'unknown' || recording.recordingId !== allowed),
    )
    .map(({ recordingId, recorder }) => ({
      key: `stop-recorder ${recordingId} ${recorder}`,
      task: 'stop-recorder',
      recordingId,
    }));
};

/** A recorder runs only while a decision stands and those whom it is about talk. */
const startTasks = (state: CallState): Task[] => {
  const allowed = state.recordings.find(({ recordingId }) => recordingId === allowedRecording(state));
  const areTogether = state.appliedTopology?.outcome === 'done' && partiesTalk(state);
  if (!allowed || allowed.recorder !== null || !areTogether) return [];
  return [
    {
      key: `start-recorder ${allowed.recordingId}`,
      task: 'start-recorder',
      recordingId: allowed.recordingId,
    },
  ];
};

const collectingTasks = (state: CallState): Task[] =>
  state.recordings.filter(mustBeCollected).map(({ recordingId, stoppedAt }) => ({
    key: `collect-recording ${recordingId} ${stoppedAt}`,
    task: 'collect-recording',
    recordingId,
  }));

const clearingTasks = (state: CallState): Task[] => {
  const isInUse = liveLegs(state).length > 0 || !state.conversation || state.recordings.some(mayRun);
  return isInUse ? [] : [{ key: 'drop-bridges', task: 'drop-bridges' }];
};

/** Everything the switch shall do for a call as the log stands now. */
export const tasksOf = (state: CallState): readonly Task[] => [
  ...stopTasks(state),
  ...legTasks(state),
  ...promptTasks(state),
  ...musicTasks(state),
  ...topologyTasks(state),
  ...startTasks(state),
  ...clearingTasks(state),
  ...collectingTasks(state),
];
