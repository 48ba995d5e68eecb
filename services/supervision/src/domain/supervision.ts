import {
  isHeardByFewer,
  modeKeys,
  type Actor,
  type Facts,
  type Instant,
  type NewEvent,
  type SupervisionFacts,
  type SupervisionRefusal,
  type Topology,
} from '@earshot/contracts';
import { accept, ignore, type Decider, type Decision } from '@earshot/event-log';
import {
  evolve,
  hasEnded,
  initialState,
  isBehind,
  isOver,
  type CallState,
  type Supervision,
} from './call-state.ts';
import type { Input } from './input.ts';
import { topologyOf, type Supervising } from './topology.ts';
import type { Withdrawal } from './withdrawal.ts';

type Event = keyof SupervisionFacts;
type EndReason = Facts['SupervisionEnded']['reason'];

/** Why nothing follows from an input. */
export type Ignored =
  | 'already_answered'
  | 'supervisor_has_left'
  | 'not_supervising'
  | 'key_without_meaning'
  | 'same_mode'
  | 'older_than_last_key'
  | 'nobody_supervises'
  | 'topology_stands'
  | 'nothing_withdrawn'
  | 'behind_the_log';

const service: Actor = { kind: 'service', service: 'supervision' };
const leg = (legId: string): Actor => ({ kind: 'leg', legId });

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
        return decideKey(state, input.at, input.legId, input.key);
      case 'conversation-changed':
        return followConversation(state, input.at);
      case 'permission-withdrawn':
        return withdraw(state, input.at, input.withdrawn);
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
    { type: 'SupervisionStarted', occurredAt: at, actor: leg(legId), data: started },
    topologyChanged(state, at, [...state.supervisions, started]),
  );
};

/** The leg is the target's own, as against the customer's, and takes part in the conversation. */
const takesPart = (state: CallState, supervisedLegId: string, target: string): boolean =>
  state.parties.some(({ legId }) => legId === supervisedLegId) &&
  state.legs.some(
    ({ legId, party, extension }) => legId === supervisedLegId && party === 'agent' && extension === target,
  );

const refuse = (at: Instant, legId: string, reason: SupervisionRefusal): Decision<Event, never> =>
  accept<Event>({ type: 'SupervisionRefused', occurredAt: at, actor: service, data: { legId, reason } });

const decideKey = (
  state: CallState,
  at: Instant,
  legId: string,
  key: string | null,
): Decision<Event, Ignored> => {
  const supervision = state.supervisions.find((running) => running.legId === legId);
  if (!supervision) return ignore('not_supervising');
  const mode = key === null ? undefined : modeKeys[key];
  if (!mode) return ignore('key_without_meaning');
  if (mode === supervision.mode) return ignore('same_mode');
  // Told late by a process that had been away: it may take a voice away, never give one.
  const isOlder = state.lastKeys.some((last) => last.legId === legId && last.at > at);
  if (isOlder && isHeardByFewer(supervision.mode, mode)) return ignore('older_than_last_key');
  const { supervisionId } = supervision;
  return accept<Event>(
    { type: 'SupervisionModeChanged', occurredAt: at, actor: leg(legId), data: { supervisionId, mode } },
    topologyChanged(
      state,
      at,
      state.supervisions.map((known) => (known === supervision ? { ...known, mode } : known)),
    ),
  );
};

/**
 * Ends the supervisions that have nobody to hear any more, and says who hears whom in the conversation as it
 * is now: for every revision, also when the pairs are the same, because signaling carries out no topology of
 * an older one.
 */
const followConversation = (state: CallState, at: Instant): Decision<Event, Ignored> => {
  if (state.supervisions.length === 0) return ignore('nobody_supervises');
  const ending = endThose(state, at, (supervision) => whyOver(state, supervision));
  if (ending) return ending;
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

const whyOver = (state: CallState, { legId, supervisedLegId }: Supervision): EndReason | null => {
  if (hasEnded(state, legId)) return 'supervisor_left';
  if (state.ended) return 'call_ended';
  return state.parties.some((party) => party.legId === supervisedLegId) ? null : 'agent_left';
};

/**
 * Ends every supervision that has a reason to end, and tells who hears whom of those who remain; undefined:
 * none has.
 */
const endThose = (
  state: CallState,
  at: Instant,
  why: (supervision: Supervision) => EndReason | null,
): Decision<Event, never> | undefined => {
  const [first, ...more] = state.supervisions.flatMap((supervision): NewEvent<Event>[] => {
    const reason = why(supervision);
    const { supervisionId, legId } = supervision;
    return reason === null
      ? []
      : [
          {
            type: 'SupervisionEnded',
            occurredAt: at,
            actor: service,
            data: { supervisionId, legId, reason },
          },
        ];
  });
  if (!first) return undefined;
  if (state.legs.every(({ legId }) => hasEnded(state, legId))) return accept<Event>(first, ...more);
  return accept<Event>(
    first,
    ...more,
    topologyChanged(
      state,
      at,
      state.supervisions.filter((supervision) => why(supervision) === null),
    ),
  );
};

const topologyChanged = (
  state: CallState,
  at: Instant,
  supervisions: readonly Supervising[],
): NewEvent<'TopologyChanged'> => ({
  type: 'TopologyChanged',
  occurredAt: at,
  actor: service,
  data: {
    topologyId: `${state.callId}-t${state.topologyCount + 1}`,
    revision: state.revision,
    pairs: topologyOf(state.parties, supervisions),
  },
});

/** Both lists were made by the same function of parties and supervisions in the same order. */
const arePairsOf = (one: Topology, other: Topology): boolean => JSON.stringify(one) === JSON.stringify(other);
