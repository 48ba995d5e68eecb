import { accept, ignore, type Decider, type Decision } from '@earshot/event-log';
import type { SignalingFacts, NewEvent } from '@earshot/contracts';
import { evolve, initialState, isOver, legOf, type CallState } from './call-state.ts';
import type { CallInput, IgnoredBecause } from './call-input.ts';
import { onLegAnswered, onLegGone } from './call-legs.ts';
import { onKeyPressed } from './call-keys.ts';
import { onLegArrived, onSupervisionDialled } from './call-started.ts';
import { agentsFor, bySignaling, bySwitch, enterQueue, offersTo } from './offers.ts';
import { greetingForRefusal, requestPrompt } from './routing.ts';

type Decided = Decision<keyof SignalingFacts, IgnoredBecause>;
type Input<T extends CallInput['type']> = Extract<CallInput, { type: T }>;

/** How often a menu is said to a caller who presses nothing, before the call ends. */
const menuRepetitions = 3;
const timesMenuWasPlayed = (state: CallState): number => state.prompts.filter((prompt) => prompt.kind === 'menu').length;

const onPromptStarted = (state: CallState, { promptId, at }: Input<'prompt-started'>): Decided => {
  const prompt = state.prompts.find((known) => known.promptId === promptId);
  if (!prompt) return ignore('prompt_not_of_this_call');
  if (prompt.state !== 'requested') return ignore('prompt_already_started');
  return accept({ type: 'PromptStarted', occurredAt: at, actor: bySwitch, data: { promptId } });
};

/** A greeting is over: after the one that agents are available comes the consent greeting, then the queue. */
const onPromptEnded = (state: CallState, { promptId, at, outcome, directory }: Input<'prompt-ended'>): Decided => {
  const prompt = state.prompts.find((known) => known.promptId === promptId);
  if (!prompt) return ignore('prompt_not_of_this_call');
  if (prompt.state === 'ended') return ignore('prompt_already_ended');
  const ended: NewEvent<keyof SignalingFacts> = { type: 'PromptEnded', occurredAt: at, actor: bySwitch, data: { promptId, outcome } };
  if (state.ended || state.connected || state.queue) return accept(ended);

  if (prompt.kind === 'available' && state.consentGreeting) {
    const consent = directory.greeting(`consent_${state.consentGreeting}`);
    if (consent) return accept(ended, requestPrompt(state, prompt.legId, 'consent', consent, at));
  }
  if (prompt.kind === 'available' || prompt.kind === 'consent') {
    const route = state.line ? directory.line(state.line.number)?.route : undefined;
    const group = route?.to === 'group' ? directory.group(route.groupId) : undefined;
    if (group) return accept(ended, ...enterQueue(state, { group, extension: null }, prompt.legId, at, directory));
    return accept(ended, { type: 'CallEnded', occurredAt: at, actor: bySignaling, data: { completion: 'failed' } });
  }
  if (prompt.kind !== 'menu' || state.menuId === null) return accept(ended);
  return timesMenuWasPlayed(state) < menuRepetitions
    ? accept(ended, requestPrompt(state, prompt.legId, 'menu', prompt.greeting, at))
    : accept(ended, { type: 'CallEnded', occurredAt: at, actor: bySignaling, data: { completion: 'abandoned_in_ivr' } });
};

const onAgentsLookedFor = (state: CallState, { at, directory }: Input<'agents-looked-for'>): Decided => {
  if (!state.queue || state.ended) return ignore('nobody_waiting');
  const [first, ...more] = offersTo(state, agentsFor(state, directory, at), state.queue.group, at);
  return first ? accept(first, ...more) : ignore('no_agent_free');
};

const onRecorder = (
  state: CallState, input: Input<'recorder-started' | 'recorder-stopped' | 'recorder-refused' | 'recorder-unknown'>,
): Decided => {
  const recorder = state.recorders.find(({ recordingId }) => recordingId === input.recordingId)?.state;
  const event = { occurredAt: input.at, actor: bySwitch };
  const { recordingId } = input;
  switch (input.type) {
    case 'recorder-started':
      if (recorder) return ignore('recorder_already_started');
      return accept({ ...event, type: 'RecorderStarted', data: { recordingId } });
    case 'recorder-stopped':
      if (!recorder) return ignore('recorder_not_of_this_call');
      if (recorder === 'stopped') return ignore('recorder_already_stopped');
      return accept({ ...event, type: 'RecorderStopped', data: { recordingId, durationMs: input.durationMs } });
    case 'recorder-refused':
      if (recorder) return ignore('recorder_already_started');
      return accept({ ...event, type: 'RecorderRefused', data: { recordingId, reason: input.reason } });
    case 'recorder-unknown':
      if (recorder === 'stopped') return ignore('recorder_already_stopped');
      if (recorder === 'unknown') return ignore('recorder_already_unknown');
      return accept({ ...event, type: 'RecorderUnknown', data: { recordingId, reason: input.reason } });
  }
};

const onSupervisionRefused = (state: CallState, { at, legId, reason, directory }: Input<'supervision-refused'>): Decided => {
  const leg = legOf(state, legId);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const greeting = directory.greeting(greetingForRefusal(reason));
  if (!greeting) return ignore('no_greeting_for_refusal');
  return accept(requestPrompt(state, legId, 'refusal', greeting, at));
};

/** A failure that is tried again and fails again says nothing new. */
const onTopologyApplied = (state: CallState, { at, topologyId, outcome, reason, pairs }: Input<'topology-applied'>): Decided =>
  outcome !== 'done' && state.appliedTopology?.topologyId === topologyId && state.appliedTopology.outcome === outcome
    ? ignore('topology_failed_again')
    : accept({ type: 'TopologyApplied', occurredAt: at, actor: bySwitch, data: { topologyId, outcome, reason, pairs } });

const decide = (state: CallState, input: CallInput): Decided => {
  switch (input.type) {
    case 'leg-arrived': return onLegArrived(state, input);
    case 'supervision-dialled': return onSupervisionDialled(state, input);
    case 'leg-answered': return onLegAnswered(state, input);
    case 'leg-gone': return onLegGone(state, input);
    case 'key-pressed': return onKeyPressed(state, input);
    case 'prompt-started': return onPromptStarted(state, input);
    case 'prompt-ended': return onPromptEnded(state, input);
    case 'agents-looked-for': return onAgentsLookedFor(state, input);
    case 'topology-applied': return onTopologyApplied(state, input);
    case 'recorder-started':
    case 'recorder-stopped':
    case 'recorder-refused':
    case 'recorder-unknown': return onRecorder(state, input);
    case 'supervision-refused': return onSupervisionRefused(state, input);
  }
};

/** What signaling makes of the reports of the switch, call by call. */
export const call: Decider<CallState, CallInput, keyof SignalingFacts, IgnoredBecause> = { initialState, evolve, decide, isOver };
