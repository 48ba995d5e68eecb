import {
  modeKeys,
  type Facts,
  type Instant,
  type SupervisionFacts,
  type SupervisionRefusal,
  type Topology,
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
import { takesPart } from './taking-part.ts';
import { topologyOf } from './topology.ts';
import { topologyChanged } from './topology-changed.ts';
import type { Withdrawal } from './withdrawal.ts';

type Event = keyof SupervisionFacts;
type KeyInput = Extract<Input, { readonly type: 'key-pressed' }>;

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
  | 'nothing_withdrawn'
  | 'nobody_hears_yet'
  | 'not_awaited'
  | CommandIgnored;

/** Who may hear whom on one call: the rules of docs/product.md 1. */
export const supervisionDecider: Decider<CallState, Input, Event, Ignored> = {
  initialState,
  evolve,
  isOver,
  decide: (state, input) => {
    switch (input.type) {
      case 'supervision-requested':
        return decideRequest(state, input.at, input.request, input.notPermitted);
      case 'key-pressed':
        return decideKey(state, input.at, input);
      case 'conversation-changed':
        return followConversation(state, input.at);
      case 'permission-withdrawn':
        return withdraw(state, input.at, input.withdrawn);
      case 'supervision-commanded':
        return decideJoin(state, input.at, input.command, input.notPermitted);
      case 'change-commanded':
        return decideChange(state, input.at, input.command);
      case 'phone-answered':
        return decideAnswer(state, input.at, input.legId, input.notPermitted);
    }
  },
};

const decideRequest = (
  state: CallState,
  at: Instant,
  request: Facts['SupervisionRequested'],
  notPermitted: SupervisionRefusal | null,
): Decision<Event, Ignored> => {
  const { legId, target, supervisedLegId } = request;
  if (state.answered.includes(legId)) return ignore('already_answered');
  if (notPermitted) return refuse(at, legId, notPermitted);
  if (supervisedLegId === null || !takesPart(state, supervisedLegId, target))
    return refuse(at, legId, 'not_on_a_call');
  if (hasEnded(state, legId)) return ignore('supervisor_has_left');

  const started = {
    supervisionId: `${state.callId}-v${state.supervisionCount + 1}`,
    legId,
    supervisedLegId,
    mode: request.mode ?? 'spy',
  } as const;
  return accept<Event>(
    { type: 'SupervisionStarted', occurredAt: at, actor: atLeg(legId), data: started },
    topologyChanged(state, at, [...state.supervisions, started]),
  );
};

const refuse = (at: Instant, legId: string, reason: SupervisionRefusal): Decision<Event, never> =>
  accept<Event>({ type: 'SupervisionRefused', occurredAt: at, actor: service, data: { legId, reason } });

const decideKey = (
  state: CallState,
  at: Instant,
  { legId, key, place }: KeyInput,
): Decision<Event, Ignored> => {
  const supervision = state.supervisions.find((running) => running.legId === legId);
  if (!supervision) return ignore('not_supervising');
  const mode = key === null ? undefined : modeKeys[key];
  if (!mode) return ignore('key_without_meaning');
  if (place <= lastWishOf(state, legId).settled) return ignore('key_is_settled');
  if (mode === supervision.mode) return ignore('same_mode');
  return changeMode(state, supervision, { at, actor: atLeg(legId), mode, keysUpTo: place });
};

/**
 * Ends the supervisions that have nobody to hear any more, and says who hears whom in the conversation as it
 * is now: for every revision, also when the pairs are the same, because signaling carries out no topology of
 * an older one.
 */
const followConversation = (state: CallState, at: Instant): Decision<Event, Ignored> => {
  if (state.supervisions.length + state.awaited.length === 0) return ignore('nobody_supervises');
  const ending = endThose(state, at, (supervision) => whyOver(state, supervision));
  if (ending) return ending;
  if (state.supervisions.length === 0) return ignore('nobody_hears_yet');
  const { topology, revision, parties, supervisions } = state;
  if (topology?.revision === revision && arePairsOf(topology.pairs, topologyOf(parties, supervisions)))
    return ignore('topology_stands');
  return accept<Event>(topologyChanged(state, at, supervisions));
};

const withdraw = (
  state: CallState,
  at: Instant,
  withdrawn: readonly Withdrawal[],
): Decision<Event, Ignored> => {
  if (isBehind(state)) return ignore('behind_the_log');
  const why = ({ supervisionId }: Supervision) =>
    withdrawn.find((one) => one.supervisionId === supervisionId)?.reason ?? null;
  return endThose(state, at, why) ?? ignore('nothing_withdrawn');
};

/** Both lists were made by the same function of parties and supervisions in the same order. */
const arePairsOf = (one: Topology, other: Topology): boolean => JSON.stringify(one) === JSON.stringify(other);
