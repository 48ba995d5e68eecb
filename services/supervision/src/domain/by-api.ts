import type { Facts, Instant, NewEvent, SupervisionMode, SupervisionRefusal } from '@earshot/contracts';
import { legIdOfSupervision } from '@earshot/contracts';
import { accept, ignore, type Decision } from '@earshot/event-log';
import { atLeg, byApi, service } from './actors.ts';
import { atSwitch, isBehind, lastWishOf, type CallState, type Supervision } from './call-state.ts';
import { legTakingPart } from './taking-part.ts';
import { endThose, whyOver } from './ending.ts';
import { changeMode } from './mode-changed.ts';
import type { TenantRules } from './permission.ts';
import { anotherBarges, whyNotOneMore } from './several.ts';
import { topologyChanged } from './topology-changed.ts';

type Asked = Facts['SupervisionRequestedByApi'];

/** What somebody asks for by API: to supervise an extension on this call. */
export type JoinCommand = Pick<Asked, 'commandId' | 'supervisor' | 'phone' | 'mode' | 'target'> & {
  readonly user: string;
};
/** Another mode, or the end (`mode` null), of a supervision. */
export interface ChangeCommand {
  readonly user: string;
  readonly supervisionId: string;
  readonly mode: SupervisionMode | null;
}

type Event = 'SupervisionRequestedByApi' | 'SupervisionRefused';
export type CommandIgnored =
  | 'no_such_call'
  | 'behind_the_log'
  | 'not_supervising'
  | 'older_than_last_wish'
  | 'mode_not_permitted'
  | 'another_barges';

/**
 * The same permission and the same reasons to refuse as for a dialled code. Accepted, it waits: the phone is to be rung, and
 * nothing is heard before it is answered.
 */
export const decideJoin = (
  state: CallState,
  now: Instant,
  rules: TenantRules,
  { user, ...command }: JoinCommand,
  notPermitted: SupervisionRefusal | null,
): Decision<Event, CommandIgnored> => {
  if (!state.started) return ignore('no_such_call');
  if (isBehind(state)) return ignore('behind_the_log');
  const at = atSwitch(state, now);
  const supervisionId = `${state.callId}-v${state.supervisionCount + 1}`;
  const legId = legIdOfSupervision(supervisionId);
  const target = notPermitted ? null : legTakingPart(state, command.target);
  const refusal =
    notPermitted ??
    (target === null
      ? 'not_on_a_call'
      : whyNotOneMore(state, rules, { legId, supervisedLegId: target, mode: command.mode }));
  const supervisedLegId = refusal === null ? target : null;
  const asked: NewEvent<Event> = {
    type: 'SupervisionRequestedByApi',
    occurredAt: at,
    actor: byApi(user),
    data: { supervisionId, legId, ...command, supervisedLegId },
  };
  if (refusal === null) return accept<Event>(asked);
  return accept<Event>(asked, {
    type: 'SupervisionRefused',
    occurredAt: at,
    actor: service,
    data: { legId, reason: refusal },
  });
};

/** The phone was answered: the supervision begins in the mode that was wished last, if it still may. */
export const decideAnswer = (
  state: CallState,
  at: Instant,
  rules: TenantRules,
  legId: string,
  notPermitted: SupervisionRefusal | null,
): Decision<'SupervisionStarted' | 'SupervisionEnded' | 'TopologyChanged', 'not_awaited'> => {
  const awaited = state.awaited.find((waiting) => waiting.legId === legId);
  if (!awaited) return ignore('not_awaited');
  const withdrawn = notPermitted === 'supervision_off' ? notPermitted : 'permission_withdrawn';
  // Of several whose phones ring, whoever answers first begins.
  const mayNot = notPermitted !== null || anotherBarges({ ...state, awaited: [] }, rules, awaited);
  const why = (one: Supervision) =>
    one === awaited ? (whyOver(state, one) ?? (mayNot ? withdrawn : null)) : null;
  const ending = endThose(state, at, rules, why);
  if (ending) return ending;
  const { supervisionId, supervisedLegId, mode } = awaited;
  const started = { supervisionId, legId, supervisedLegId, mode };
  return accept<'SupervisionStarted' | 'TopologyChanged'>(
    { type: 'SupervisionStarted', occurredAt: at, actor: atLeg(legId), data: started },
    topologyChanged(state, at, rules, [...state.supervisions, started]),
  );
};

/**
 * Every change leaves a trace, also one to the mode that is on: it is the newest wish, so that a key from before it gives no voice,
 * and its command, repeated, changes nothing any more.
 */
export const decideChange = (
  state: CallState,
  now: Instant,
  rules: TenantRules,
  { user, supervisionId, mode }: ChangeCommand,
  isModeForbidden: boolean,
): Decision<'SupervisionModeChanged' | 'SupervisionEnded' | 'TopologyChanged', CommandIgnored> => {
  if (isBehind(state)) return ignore('behind_the_log');
  const supervision = [...state.supervisions, ...state.awaited].find(
    (known) => known.supervisionId === supervisionId,
  );
  if (!supervision) return ignore('not_supervising');
  const [at, actor] = [atSwitch(state, now), byApi(user)];
  const keysUpTo = lastWishOf(state, supervision.legId).key;
  if (mode !== null) {
    if (whyOver(state, supervision)) return ignore('not_supervising');
    if (isModeForbidden) return ignore('mode_not_permitted');
    if (anotherBarges(state, rules, { ...supervision, mode })) return ignore('another_barges');
    return changeMode(state, supervision, rules, { at, actor, mode, keysUpTo });
  }
  const leaves = (one: Supervision) => (one === supervision ? 'supervisor_left' : null);
  return endThose(state, at, rules, leaves, actor) ?? ignore('not_supervising');
};
