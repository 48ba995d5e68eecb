import { modeKeys, type Actor, type Facts, type Instant, type NewEvent, type SupervisionFacts, type SupervisionRefusal } from '@earshot/contracts';
import { accept, ignore, type Decider, type Decision } from '@earshot/event-log';
import { evolve, hasEnded, initialState, isOver, type CallState, type Supervision } from './call-state.ts';
import type { Input } from './input.ts';
import { whyNotPermitted, type Permissions } from './permission.ts';
import { topologyOf } from './topology.ts';

type Event = keyof SupervisionFacts;
type EndReason = Facts['SupervisionEnded']['reason'];

/** Why nothing follows from an input. */
export type Ignored =
  | 'already_supervising' | 'supervisor_has_left' | 'not_supervising' | 'key_without_meaning' | 'same_mode'
  | 'nobody_supervises' | 'nothing_changed' | 'parties_have_parted';

const service: Actor = { kind: 'service', service: 'supervision' };
const leg = (legId: string): Actor => ({ kind: 'leg', legId });

/** Who may hear whom on one call: the rules of docs/product.md 1. */
export const supervisionDecider: Decider<CallState, Input, Event, Ignored> = {
  initialState, evolve, isOver,
  decide: (state, input) => {
    switch (input.type) {
      case 'supervision-requested':
        return decideRequest(state, input.at, input.request, input.permissions);
      case 'key-pressed':
        return decideKey(state, input.at, input.legId, input.key);
      case 'parties-connected':
        return decideConnected(state, input.at);
      case 'somebody-left':
        return endThose(state, input.at, (supervision) => whyOver(state, supervision));
      case 'settings-changed':
        return endThose(state, input.at, (supervision) => whyWithdrawn(state, supervision, input.permissions));
    }
  },
};

/** Ids of the supervisions that go on although the settings, as they stand now, do not permit them. */
export const notPermittedNow = (state: CallState, permissions: Permissions): readonly string[] =>
  state.supervisions.filter((supervision) => whyWithdrawn(state, supervision, permissions) !== null).map(({ supervisionId }) => supervisionId);

const decideRequest = (state: CallState, at: Instant, request: Facts['SupervisionRequested'], permissions: Permissions): Decision<Event, Ignored> => {
  const { legId, supervisor, target, supervisedLegId } = request;
  if (state.supervisions.some((running) => running.legId === legId)) return ignore('already_supervising');
  const notPermitted = whyNotPermitted(permissions, supervisor.extension, target);
  if (notPermitted) return refuse(at, legId, notPermitted);
  if (state.ended || supervisedLegId === null || !state.connected.includes(supervisedLegId)) return refuse(at, legId, 'not_on_a_call');
  if (hasEnded(state, legId)) return ignore('supervisor_has_left');

  const started = {
    supervisionId: `${state.callId}-v${state.supervisionCount + 1}`, legId, supervisedLegId, mode: request.mode ?? 'spy',
  } as const;
  return accept<Event>(
    { type: 'SupervisionStarted', occurredAt: at, actor: leg(legId), data: started },
    topologyChanged(state, at, [...state.supervisions, started]));
};

const refuse = (at: Instant, legId: string, reason: SupervisionRefusal): Decision<Event, never> =>
  accept<Event>({ type: 'SupervisionRefused', occurredAt: at, actor: service, data: { legId, reason } });

const decideKey = (state: CallState, at: Instant, legId: string, key: string | null): Decision<Event, Ignored> => {
  const supervision = state.supervisions.find((running) => running.legId === legId);
  if (!supervision) return ignore('not_supervising');
  const mode = key === null ? undefined : modeKeys[key];
  if (!mode) return ignore('key_without_meaning');
  if (mode === supervision.mode) return ignore('same_mode');
  if (state.connected.length === 0) return ignore('parties_have_parted');
  const { supervisionId } = supervision;
  return accept<Event>(
    { type: 'SupervisionModeChanged', occurredAt: at, actor: leg(legId), data: { supervisionId, mode } },
    topologyChanged(state, at, state.supervisions.map((known) => (known === supervision ? { ...known, mode } : known))));
};

/** Signaling connects two parties by itself; only where a topology of ours stands does it need a new one, whole. */
const decideConnected = (state: CallState, at: Instant): Decision<Event, Ignored> => {
  if (state.topology === null) return ignore('nobody_supervises');
  if (state.ended || state.connected.length === 0) return ignore('parties_have_parted');
  return accept<Event>(topologyChanged(state, at, state.supervisions));
};

const whyOver = (state: CallState, { legId, supervisedLegId }: Supervision): EndReason | null => {
  if (hasEnded(state, legId)) return 'supervisor_left';
  if (hasEnded(state, supervisedLegId)) return 'agent_left';
  return state.connected.includes(supervisedLegId) ? null : 'call_ended';
};

/** A state that is still being read from the log may know a supervision before its request: then nothing can be said yet. */
const whyWithdrawn = (state: CallState, { legId }: Supervision, permissions: Permissions): EndReason | null => {
  const request = state.requests.find((asked) => asked.legId === legId);
  const reason = request ? whyNotPermitted(permissions, request.supervisor, request.target) : null;
  if (reason === null) return null;
  return reason === 'supervision_off' ? 'supervision_off' : 'permission_withdrawn';
};

/** Ends every supervision that has a reason to end, and tells who hears whom of those who remain. */
const endThose = (state: CallState, at: Instant, why: (supervision: Supervision) => EndReason | null): Decision<Event, Ignored> => {
  const ended = state.supervisions.flatMap((supervision): NewEvent<Event>[] => {
    const reason = why(supervision);
    const { supervisionId, legId } = supervision;
    return reason === null ? [] : [{ type: 'SupervisionEnded', occurredAt: at, actor: service, data: { supervisionId, legId, reason } }];
  });
  const [first, ...more] = ended;
  if (!first) return ignore(state.supervisions.length === 0 ? 'nobody_supervises' : 'nothing_changed');
  if (state.legs.every(({ legId }) => hasEnded(state, legId))) return accept<Event>(first, ...more);
  const remaining = state.supervisions.filter((supervision) => why(supervision) === null);
  return accept<Event>(first, ...more, topologyChanged(state, at, remaining));
};

const topologyChanged = (state: CallState, at: Instant, supervisions: Parameters<typeof topologyOf>[1]): NewEvent<'TopologyChanged'> => ({
  type: 'TopologyChanged', occurredAt: at, actor: service,
  data: { topologyId: `${state.callId}-t${state.topologyCount + 1}`, pairs: topologyOf(state.connected, supervisions) },
});
