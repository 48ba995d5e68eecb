import {
  consentKey,
  type Actor,
  type ConsentChoice,
  type Facts,
  type Instant,
  type NewEvent,
  type RecordingConsentFacts,
} from '@earshot/contracts';
import { accept, ignore, type Decider, type Decision } from '@earshot/event-log';
import {
  evolve,
  initialState,
  isOver,
  isTalking,
  withUnreadableCommit,
  type CallState,
} from './call-state.ts';
import type { Input, LineSetting } from './input.ts';
import { couldChooseIn, verdictOf } from './recording-table.ts';

type Event = keyof RecordingConsentFacts;

/** Why nothing follows from an input. */
export type Ignored =
  | 'no_line'
  | 'already_applied'
  | 'call_over'
  | 'key_without_meaning'
  | 'not_the_caller'
  | 'a_decision_stands'
  | 'no_decision_stands';

const service: Actor = { kind: 'service', service: 'recording-consent' };

/** Whether a call may be recorded: the rules of docs/product.md 2. */
export const recordingConsentDecider: Decider<CallState, Input, Event, Ignored> = {
  initialState,
  evolve,
  isOver,
  decide: (state, input) => {
    switch (input.type) {
      case 'call-started':
        return applyPolicy(state, input.at, input.call, input.lineSetting);
      case 'key-pressed':
        return decideKey(state, input);
      case 'conversation-changed':
        return followConversation(state, input.at);
      case 'commit-unreadable':
        return state.knownUntil === null
          ? ignore('no_decision_stands')
          : withdraw(withUnreadableCommit(state), state.knownUntil);
    }
  },
};

/**
 * Consent is asked of inbound callers on phone lines only (docs/product.md 2.1); the setting holds for the whole
 * call.
 */
const applyPolicy = (
  state: CallState,
  at: Instant,
  call: Facts['CallStarted'],
  lineSetting: LineSetting,
): Decision<Event, Ignored> => {
  if (state.policy) return ignore('already_applied');
  if (state.ended) return ignore('call_over');
  if (!call.line) return ignore('no_line');
  const setting = lineSetting?.setting ?? 'never';
  const asks =
    call.direction === 'inbound' &&
    call.line.type === 'phone' &&
    (setting === 'opt_in' || setting === 'opt_out');
  const data = {
    setting,
    settingVersion: lineSetting?.version ?? null,
    greeting: asks ? setting : null,
    keyCounts: asks,
  };
  return accept<Event>({ type: 'RecordingPolicyApplied', occurredAt: at, actor: service, data });
};

const choices: Readonly<Record<'opt_in' | 'opt_out', ConsentChoice>> = {
  opt_in: 'caller_opted_in',
  opt_out: 'caller_opted_out',
};

const decideKey = (
  state: CallState,
  { at, legId, key, windowId }: Extract<Input, { type: 'key-pressed' }>,
): Decision<Event, Ignored> => {
  if (state.ended) return ignore('call_over');
  if (!state.customerLegIds.includes(legId)) return ignore('not_the_caller');
  if (key !== consentKey) return ignore('key_without_meaning');
  const setting = state.policy?.setting;
  const window = state.windows.find((known) => known.windowId === windowId && couldChooseIn(known, state));
  if ((setting !== 'opt_in' && setting !== 'opt_out') || window?.opened?.legId !== legId)
    return ignoreKey(at, legId, 'key_does_not_count');
  if (state.choice) return ignoreKey(at, legId, 'already_chosen');
  // It went down before an agent answered and was let go after: only then signaling names a window that this has closed.
  const isToldLate = window.closed === 'connected';
  if (!isToldLate && (state.agentAnswered || state.verdict !== null))
    return ignoreKey(at, legId, 'agent_answered');
  if (!isToldLate && window.closed !== null) return ignoreKey(at, legId, 'key_does_not_count');
  const choice = choices[setting];
  return accept<Event>(
    { type: 'ConsentChosen', occurredAt: at, actor: { kind: 'leg', legId }, data: { choice, key } },
    ...afterLateChoice(state, at, choice),
  );
};

/** What was decided before the choice was told is put right; what was recorded against it is not kept. */
const afterLateChoice = (
  state: CallState,
  at: Instant,
  choice: ConsentChoice,
): readonly NewEvent<Event>[] => {
  if (state.verdict === null || !isTalking(state)) return [];
  const decision = decide({ ...state, choice, verdict: null }, at);
  if (decision.type === 'RecordingAllowed') return state.standing === null ? [decision] : [];
  return state.standing === null
    ? []
    : [
        {
          type: 'RecordingWithdrawn',
          occurredAt: at,
          actor: service,
          data: { recordingId: state.standing, reason: 'caller_opted_out' },
        },
        decision,
      ];
};

/** A key that changes nothing is a fact for the auditor too. */
const ignoreKey = (
  at: Instant,
  legId: string,
  reason: Facts['ConsentKeyIgnored']['reason'],
): Decision<Event, never> =>
  accept<Event>({
    type: 'ConsentKeyIgnored',
    occurredAt: at,
    actor: { kind: 'leg', legId },
    data: { reason },
  });

/** One decision per conversation of customer and agent: made when it begins, withdrawn when it ceases. */
const followConversation = (state: CallState, at: Instant): Decision<Event, Ignored> => {
  if (!isTalking(state)) return withdraw(state, at);
  if (state.standing !== null) return state.unreadable ? withdraw(state, at) : ignore('a_decision_stands');
  if (state.forbidden) return ignore('a_decision_stands');
  return accept<Event>(decide(state, at));
};

/** What the table says of the conversation that goes on. */
const decide = (
  state: CallState,
  at: Instant,
): NewEvent<'RecordingAllowed'> | NewEvent<'RecordingForbidden'> => {
  const { allowed, ground, windowId } = verdictOf(state);
  const about = { occurredAt: at, actor: service };
  if (!allowed) return { type: 'RecordingForbidden', ...about, data: { ground, windowId } };
  const recordingId = `${state.callId}-r${state.recordingCount + 1}`;
  return { type: 'RecordingAllowed', ...about, data: { recordingId, ground, windowId } };
};

const withdraw = (state: CallState, at: Instant): Decision<Event, Ignored> => {
  if (state.standing === null) return ignore('no_decision_stands');
  const reason = state.unreadable ? 'log_unreadable' : state.ended ? 'call_ended' : 'parties_parted';
  return accept<Event>({
    type: 'RecordingWithdrawn',
    occurredAt: at,
    actor: service,
    data: { recordingId: state.standing, reason },
  });
};
