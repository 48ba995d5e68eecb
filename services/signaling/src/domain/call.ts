import type { SignalingFacts } from '@earshot/contracts';
import { accept, ignore, type Decider } from '@earshot/event-log';
import { callerOf, initialState, isOver, legOf, type CallState, type Prompt } from './call-state.ts';
import { evolve } from './evolve-call.ts';
import type { CallInput, IgnoredBecause } from './call-input.ts';
import { onLegAnswered, onLegGone, onRingRefused } from './call-legs.ts';
import { onKeyPressed, onKeysMissed } from './call-keys.ts';
import { onRecorder, onRecordingCollected } from './call-recorders.ts';
import { onLegArrived, onSupervisionDialled } from './call-started.ts';
import { closeKeyWindows, openKeyWindow } from './key-windows.ts';
import { bySignaling, bySwitch, offersTo } from './offers.ts';
import { onSupervisorCalled } from './supervisor-called.ts';
import { enterQueue, greetingForRefusal, requestPrompt } from './routing.ts';
import type { Decided, Fact } from './decided.ts';

type Input<T extends CallInput['type']> = Extract<CallInput, { type: T }>;

/** How often a menu is said to a caller who presses nothing, before the call ends. */
const menuRepetitions = 3;
const timesMenuWasPlayed = (state: CallState): number =>
  state.prompts.filter((prompt) => prompt.kind === 'menu').length;

const asksCaller = (state: CallState): boolean => typeof state.policy === 'object' && state.policy.keyCounts;

/** From the start of the consent greeting the caller's key counts. */
const onPromptStarted = (state: CallState, { promptId, at }: Input<'prompt-started'>): Decided => {
  const prompt = state.prompts.find((known) => known.promptId === promptId);
  if (!prompt) return ignore('prompt_not_of_this_call');
  if (prompt.state !== 'requested') return ignore('prompt_already_started');
  const started: Fact = { type: 'PromptStarted', occurredAt: at, actor: bySwitch, data: { promptId } };
  return prompt.kind === 'consent' && asksCaller(state)
    ? accept(started, openKeyWindow(state, prompt.legId, 'consent', at))
    : accept(started);
};

/** After the greeting that agents are available comes the consent greeting, then the queue. */
const afterGreeting = (
  state: CallState,
  prompt: Prompt,
  { at, directory }: Input<'prompt-ended'>,
): readonly Fact[] => {
  if (prompt.kind === 'available' && typeof state.policy === 'object' && state.policy.greeting) {
    const consent = directory.greeting(`consent_${state.policy.greeting}`);
    if (consent) return [requestPrompt(state, prompt.legId, 'consent', consent, at)];
  }
  const route = state.line ? directory.line(state.line.number)?.route : undefined;
  const group = route?.to === 'group' ? directory.group(route.groupId) : undefined;
  if (group) return enterQueue(state, { group, extension: null }, 'line', prompt.legId, at);
  return [{ type: 'CallEnded', occurredAt: at, actor: bySignaling, data: { completion: 'failed' } }];
};

const afterMenu = (state: CallState, prompt: Prompt, { at }: Input<'prompt-ended'>): readonly Fact[] =>
  timesMenuWasPlayed(state) < menuRepetitions
    ? [requestPrompt(state, prompt.legId, 'menu', prompt.greeting, at)]
    : [
        ...closeKeyWindows(state, ({ awaits }) => awaits === 'menu', 'time_up', at),
        { type: 'CallEnded', occurredAt: at, actor: bySignaling, data: { completion: 'abandoned_in_ivr' } },
      ];

const onPromptEnded = (state: CallState, input: Input<'prompt-ended'>): Decided => {
  const { promptId, at, outcome } = input;
  const prompt = state.prompts.find((known) => known.promptId === promptId);
  if (!prompt) return ignore('prompt_not_of_this_call');
  if (prompt.state === 'ended') return ignore('prompt_already_ended');
  const ended: Fact = { type: 'PromptEnded', occurredAt: at, actor: bySwitch, data: { promptId, outcome } };
  const notHeard =
    prompt.kind === 'consent' && outcome === 'failed'
      ? closeKeyWindows(state, ({ awaits }) => awaits === 'consent', 'greeting_failed', at)
      : [];
  if (state.ended || state.conversation || state.queue) return accept(ended, ...notHeard);
  if (prompt.kind === 'available' || prompt.kind === 'consent')
    return accept(ended, ...notHeard, ...afterGreeting(state, prompt, input));
  return prompt.kind === 'menu' && state.menuId !== null
    ? accept(ended, ...afterMenu(state, prompt, input))
    : accept(ended);
};

const onAgentsReserved = (state: CallState, { at, agents }: Input<'agents-reserved'>): Decided => {
  if (!state.queue || state.ended) return ignore('nobody_waiting');
  const [first, ...more] = offersTo(state, agents, state.queue.group, at);
  return first ? accept(first, ...more) : ignore('no_agent_free');
};

/** Nobody is asked from now on, so that a late policy asks nobody either. */
const onPolicyWaitedFor = (state: CallState, { at }: Input<'policy-waited-for'>): Decided => {
  if (state.policy !== 'awaited' || state.direction !== 'inbound') return ignore('policy_is_known');
  if (state.ended) return ignore('call_already_ended');
  const waitedMs = Math.max(0, Date.parse(at) - Date.parse(state.startedAt ?? at));
  return accept({ type: 'RecordingPolicyMissed', occurredAt: at, actor: bySignaling, data: { waitedMs } });
};

const onSupervisionRefused = (
  state: CallState,
  { at, legId, reason, directory }: Input<'supervision-refused'>,
): Decided => {
  const leg = legOf(state, legId);
  if (!leg) return ignore('leg_not_of_this_call');
  if (leg.state === 'ended') return ignore('leg_already_ended');
  const greeting = directory.greeting(greetingForRefusal(reason));
  if (!greeting) return ignore('no_greeting_for_refusal');
  return accept(requestPrompt(state, legId, 'refusal', greeting, at));
};

/** A failure that is tried again and fails again says nothing new, nor does what is carried already. */
const onTopologyApplied = (
  state: CallState,
  { at, topologyId, outcome, reason, pairs }: Input<'topology-applied'>,
): Decided => {
  const before = state.appliedTopology;
  const isAsBefore = before?.topologyId === topologyId && before.outcome === outcome;
  if (isAsBefore && outcome !== 'done') return ignore('topology_failed_again');
  if (isAsBefore && JSON.stringify(before.pairs) === JSON.stringify(pairs))
    return ignore('topology_already_applied');
  return accept({
    type: 'TopologyApplied',
    occurredAt: at,
    actor: bySwitch,
    data: { topologyId, outcome, reason, pairs },
  });
};

const onConnectingGivenUp = (state: CallState, { at }: Input<'connecting-given-up'>): Decided => {
  if (state.ended) return ignore('call_already_ended');
  if (!state.conversation || !callerOf(state)) return ignore('nobody_talks');
  return accept({ type: 'CallEnded', occurredAt: at, actor: bySignaling, data: { completion: 'failed' } });
};

const decide = (state: CallState, input: CallInput): Decided => {
  switch (input.type) {
    case 'leg-arrived':
      return onLegArrived(state, input);
    case 'supervision-dialled':
      return onSupervisionDialled(state, input);
    case 'supervisor-called':
      return onSupervisorCalled(state, input);
    case 'leg-answered':
      return onLegAnswered(state, input);
    case 'leg-gone':
      return onLegGone(state, input);
    case 'ring-refused':
      return onRingRefused(state, input);
    case 'key-pressed':
      return onKeyPressed(state, input);
    case 'keys-missed':
      return onKeysMissed(state, input);
    case 'prompt-started':
      return onPromptStarted(state, input);
    case 'prompt-ended':
      return onPromptEnded(state, input);
    case 'policy-waited-for':
      return onPolicyWaitedFor(state, input);
    case 'agents-reserved':
      return onAgentsReserved(state, input);
    case 'topology-applied':
      return onTopologyApplied(state, input);
    case 'connecting-given-up':
      return onConnectingGivenUp(state, input);
    case 'recorder-started':
    case 'recorder-stopped':
    case 'recorder-refused':
    case 'recorder-unknown':
      return onRecorder(state, input);
    case 'recording-collected':
      return onRecordingCollected(state, input);
    case 'supervision-refused':
      return onSupervisionRefused(state, input);
  }
};

/** What signaling makes of the reports of the switch, call by call. */
export const call: Decider<CallState, CallInput, keyof SignalingFacts, IgnoredBecause> = {
  initialState,
  evolve,
  decide,
  isOver,
};
