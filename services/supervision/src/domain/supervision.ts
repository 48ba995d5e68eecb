import {
  modeKeys,
  type Facts,
  type Instant,
  type SupervisionFacts,
  type SupervisionRefusal,
} from '@earshot/contracts';
import { accept, ignore, type Decider, type Decision } from '@earshot/event-log';
import { atLeg, service } from './actors.ts';
import { decideAnswer, decideChange, decideJoin, type CommandIgnored } from './by-api.ts';
import {
  evolve,
  hasEnded,
  initialState,
  isBehind,
  isOver,
  lastWishOf,
  type CallState,
  type Supervision,
} from './call-state.ts';
import { endThose, whyOver } from './ending.ts';
import type { Input } from './input.ts';
import { changeMode } from './mode-changed.ts';
import { anotherBarges, whyNotOneMore } from './several.ts';
import { takesPart } from './taking-part.ts';
import { isTopologyOutdated, topologyChanged } from './topology-changed.ts';

type Event = keyof SupervisionFacts;
type Of<T extends Input['type']> = Extract<Input, { type: T }>;

/** Why nothing follows from an input. */
export type Ignored =
  | 'already_answered'
  | 'supervisor_has_left'
  | 'not_supervising'
  | 'key_without_meaning'
  | 'same_mode'
  | 'key_is_settled'
  | 'nobody_supervises'
  | 'topology_stands'
  | 'nobody_hears_yet'
  | 'not_awaited'
  | CommandIgnored;

/** Who may hear whom on one call: the rules of docs/product.md 1. */
export const supervisionDecider: Decider<CallState, Input, Event, Ignored> = {
  initialState,
  evolve,
  isOver,
  decide: (state, input) => {
    const { at, rules } = input;
    switch (input.type) {
      case 'supervision-requested':
        return decideRequest(state, input);
      case 'key-pressed':
        return decideKey(state, input);
      case 'conversation-changed':
        return followConversation(state, input);
      case 'settings-changed':
        return followSettings(state, input);
      case 'supervision-commanded':
        return decideJoin(state, at, rules, input.command, input.notPermitted);
      case 'change-commanded':
        return decideChange(state, at, rules, input.command, input.isModeForbidden);
      case 'phone-answered':
        return decideAnswer(state, at, rules, input.legId, input.notPermitted);
    }
  },
};

const decideRequest = (
  state: CallState,
  { at, rules, request, notPermitted }: Of<'supervision-requested'>,
): Decision<Event, Ignored> => {
  const { legId, target, supervisedLegId } = request;
  if (state.answered.includes(legId)) return ignore('already_answered');
  if (notPermitted) return refuse(at, legId, notPermitted);
  if (supervisedLegId === null || !takesPart(state, supervisedLegId, target))
    return refuse(at, legId, 'not_on_a_call');
  if (hasEnded(state, legId)) return ignore('supervisor_has_left');
  const supervisionId = `${state.callId}-v${state.supervisionCount + 1}`;
  const started = { supervisionId, legId, supervisedLegId, mode: request.mode ?? 'spy' } as const;
  const refusal = whyNotOneMore(state, rules, started);
  if (refusal) return refuse(at, legId, refusal);
  return accept<Event>(
    { type: 'SupervisionStarted', occurredAt: at, actor: atLeg(legId), data: started },
    topologyChanged(state, at, rules, [...state.supervisions, started]),
  );
};

const refuse = (at: Instant, legId: string, reason: SupervisionRefusal): Decision<Event, never> =>
  accept<Event>({ type: 'SupervisionRefused', occurredAt: at, actor: service, data: { legId, reason } });

const decideKey = (
  state: CallState,
  { at, rules, legId, key, place, isModeForbidden }: Of<'key-pressed'>,
): Decision<Event, Ignored> => {
  // The log may have a key of a phone before it has that the phone was answered.
  const known = [...state.supervisions, ...state.awaited];
  const supervision = known.find((one) => one.legId === legId);
  if (!supervision) return ignore('not_supervising');
  const mode = key === null ? undefined : modeKeys[key];
  if (!mode) return ignore('key_without_meaning');
  if (place <= lastWishOf(state, legId).settled) return ignore('key_is_settled');
  if (mode === supervision.mode) return ignore('same_mode');
  const refuseMode = (reason: Facts['SupervisionModeRefused']['reason']): Decision<Event, never> => {
    const data = { supervisionId: supervision.supervisionId, mode, reason, keysUpTo: place };
    return accept<Event>({ type: 'SupervisionModeRefused', occurredAt: at, actor: service, data });
  };
  if (isModeForbidden) return refuseMode('mode_not_permitted');
  if (anotherBarges(state, rules, { ...supervision, mode })) return refuseMode('another_barges');
  return changeMode(state, supervision, rules, { at, actor: atLeg(legId), mode, keysUpTo: place });
};

/**
 * Ends the supervisions that have nobody to hear any more, and says who hears whom in the conversation as it
 * is now: for every revision, also when the pairs are the same, because signaling carries out no topology of
 * an older one.
 */
const followConversation = (
  state: CallState,
  { at, rules }: Pick<Input, 'at' | 'rules'>,
): Decision<Event, Ignored> => {
  if (state.supervisions.length + state.awaited.length === 0) return ignore('nobody_supervises');
  const ending = endThose(state, at, rules, (supervision) => whyOver(state, supervision));
  if (ending) return ending;
  if (state.supervisions.length === 0) return ignore('nobody_hears_yet');
  if (state.topology?.revision === state.revision && !isTopologyOutdated(state, rules))
    return ignore('topology_stands');
  return accept<Event>(topologyChanged(state, at, rules, state.supervisions));
};

/** Ends what the settings do not permit any more, and lets those who stay hear whom they shall. */
const followSettings = (
  state: CallState,
  { at, rules, withdrawn }: Of<'settings-changed'>,
): Decision<Event, Ignored> => {
  if (isBehind(state)) return ignore('behind_the_log');
  // Who has gone on to another mode since is looked at again in that one.
  const why = ({ supervisionId, mode }: Supervision) =>
    withdrawn.find((one) => one.supervisionId === supervisionId && one.mode === mode)?.reason ?? null;
  return endThose(state, at, rules, why) ?? followConversation(state, { at, rules });
};
