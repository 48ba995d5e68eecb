import type { Topology } from '@earshot/contracts';
import { callerOf, legOf, liveLegs, type CallState, type Leg } from './call-state.ts';
import type { Destination, Handle } from './switch.ts';

/**
 * Something the switch shall do for a call: what shall be, less what the log says is so. `key` names it within the call;
 * the same state yields the same keys, so a task that is under way or done is not begun again.
 */
export type Task = { readonly key: string } & (
  | { readonly task: 'answer' | 'ring-back' | 'hang-up' | 'start-music'; readonly leg: Handle }
  | { readonly task: 'ring'; readonly leg: Handle; readonly to: Destination; readonly ringForMs: number }
  | { readonly task: 'play'; readonly promptId: string; readonly leg: Handle; readonly text: string; readonly contentHash: string }
  | { readonly task: 'stop-prompt'; readonly promptId: string }
  | { readonly task: 'apply-topology'; readonly topologyId: string; readonly pairs: Topology }
  | { readonly task: 'start-recorder'; readonly recordingId: string; readonly bridgeId: string }
  | { readonly task: 'stop-recorder'; readonly recordingId: string }
  | { readonly task: 'drop-bridges' }
);

const isAnswered = (leg: Leg): boolean => leg.state === 'answered';

/** Whether the two who talk are both still there; only then may anything be recorded. */
export const partiesTalk = (state: CallState): boolean =>
  state.connected !== null && !state.ended && state.connected.legIds.every((legId) => legOf(state, legId)?.state === 'answered');

const mustGo = (state: CallState, leg: Leg): boolean => {
  if (state.dismissed.includes(leg.legId)) return true;
  const refusal = state.refused.find(({ legId }) => legId === leg.legId);
  if (refusal) return state.prompts.some((prompt) => prompt.legId === leg.legId && prompt.kind === 'refusal' && prompt.state === 'ended');
  if (state.ended) return true;
  if (leg.party === 'supervisor') return state.appliedTopology?.topologyId === state.topology?.topologyId && state.appliedTopology !== null && state.appliedTopology.outcome !== 'done';
  return state.connected !== null && !state.connected.legIds.includes(leg.legId);
};

const mustAnswer = (state: CallState, leg: Leg): boolean => {
  if (leg.origin !== 'arrived' || leg.state !== 'new') return false;
  if (leg.party === 'supervisor' || state.direction === 'inbound') return true;
  return liveLegs(state).some((other) => other.origin === 'offered' && other.party !== 'supervisor' && isAnswered(other));
};

const destinationOf = (leg: Leg): Destination =>
  leg.agent ? { kind: 'extension', extension: leg.agent.extension } : { kind: 'outside', number: leg.number ?? '' };

const legTasks = (state: CallState): Task[] => liveLegs(state).flatMap((leg): Task[] => {
  if (mustGo(state, leg)) return [{ key: `hang-up ${leg.legId}`, task: 'hang-up', leg: leg.handle }];
  if (mustAnswer(state, leg)) return [{ key: `answer ${leg.legId}`, task: 'answer', leg: leg.handle }];
  if (leg.state !== 'new') return [];
  if (leg.origin === 'arrived') return [{ key: `ring-back ${leg.legId}`, task: 'ring-back', leg: leg.handle }];
  return [{ key: `ring ${leg.legId}`, task: 'ring', leg: leg.handle, to: destinationOf(leg), ringForMs: leg.ringForMs }];
});

const promptTasks = (state: CallState): Task[] => state.prompts.flatMap((prompt): Task[] => {
  const leg = legOf(state, prompt.legId);
  if (leg?.state !== 'answered' || prompt.state === 'ended') return [];
  const isMoot = state.ended || state.connected?.legIds.includes(leg.legId) || (prompt.kind === 'menu' && state.menuId === null);
  if (isMoot) return prompt.state === 'started' ? [{ key: `stop-prompt ${prompt.promptId}`, task: 'stop-prompt', promptId: prompt.promptId }] : [];
  if (prompt.state === 'started') return [];
  const { text, contentHash } = prompt.greeting;
  return [{ key: `play ${prompt.promptId}`, task: 'play', promptId: prompt.promptId, leg: leg.handle, text, contentHash }];
});

const musicTasks = (state: CallState): Task[] => {
  const caller = callerOf(state);
  if (!caller || caller.state !== 'answered' || state.queue?.legId !== caller.legId || state.ended) return [];
  return [{ key: `start-music ${caller.legId}`, task: 'start-music', leg: caller.handle }];
};

const samePairs = (one: Topology, other: Topology): boolean =>
  one.length === other.length && one.every((pair) => other.some(({ listener, speaker }) => listener === pair.listener && speaker === pair.speaker));

/**
 * The topology among the legs that have answered; one that has not yet, or has left, is left out. So nobody's voice waits
 * to be taken away until somebody else has answered. It stays due until the switch carries it.
 */
const topologyTasks = (state: CallState): Task[] => {
  if (!state.topology || !state.connected || state.ended) return [];
  const { topologyId, pairs: wanted } = state.topology;
  const isIn = (legId: string, what: Leg['state']): boolean => legOf(state, legId)?.state === what;
  const pairs = wanted.filter(({ listener, speaker }) => isIn(listener, 'answered') && isIn(speaker, 'answered'));
  const applied = state.appliedTopology?.outcome === 'done' ? state.appliedTopology : null;
  const isAwaited = wanted.some(({ listener, speaker }) => isIn(listener, 'new') || isIn(speaker, 'new'));
  if (applied?.pairs && samePairs(applied.pairs, pairs) && (isAwaited || applied.topologyId === topologyId)) return [];
  const legs = [...new Set(pairs.map(({ listener }) => listener))].toSorted().join(' ');
  return [{ key: `apply-topology ${topologyId} among ${legs}`, task: 'apply-topology', topologyId, pairs }];
};

/** A recorder runs only while a decision stands and both parties talk; anything else is stopped, unknown ones too. */
const recorderTasks = (state: CallState): Task[] => {
  const allowed = partiesTalk(state) ? state.recordingAllowed : null;
  const stops = state.recorders
    .filter(({ recordingId, state: recorder }) => recorder === 'unknown' || (recorder === 'running' && recordingId !== allowed))
    .map(({ recordingId, state: recorder }): Task => ({ key: `stop-recorder ${recordingId} ${recorder}`, task: 'stop-recorder', recordingId }));
  const isNew = allowed !== null && !state.recorders.some(({ recordingId }) => recordingId === allowed);
  const isConnectedOnSwitch = state.appliedTopology?.outcome === 'done';
  if (!isNew || !isConnectedOnSwitch || !state.connected) return stops;
  return [...stops, { key: `start-recorder ${allowed}`, task: 'start-recorder', recordingId: allowed, bridgeId: state.connected.bridgeId }];
};

const clearingTasks = (state: CallState): Task[] => {
  const isInUse = liveLegs(state).length > 0 || !state.connected || state.recorders.some(({ state: recorder }) => recorder === 'running' || recorder === 'unknown');
  return isInUse ? [] : [{ key: 'drop-bridges', task: 'drop-bridges' }];
};

/** Everything the switch shall do for a call as the log stands now. */
export const tasksOf = (state: CallState): readonly Task[] => [
  ...recorderTasks(state).filter(({ task }) => task === 'stop-recorder'),
  ...legTasks(state), ...promptTasks(state), ...musicTasks(state), ...topologyTasks(state),
  ...recorderTasks(state).filter(({ task }) => task === 'start-recorder'),
  ...clearingTasks(state),
];
