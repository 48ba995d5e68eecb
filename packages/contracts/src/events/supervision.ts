import { Type, type Static } from 'typebox';
import { SupervisionMode, SupervisionRefusal } from '../words.ts';
import { Topology } from '../topology.ts';
import { AgentSnapshot } from './signaling.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Why a supervision is over; the first five also before it began, while a phone rings for it. */
export const SupervisionEndReason = Type.Union([
  Type.Literal('supervisor_left'),
  Type.Literal('agent_left'),
  Type.Literal('call_ended'),
  Type.Literal('permission_withdrawn'),
  Type.Literal('supervision_off'),
  Type.Literal('phone_not_answered', { description: 'it rang until the time was up' }),
  Type.Literal('phone_declined'),
  Type.Literal('phone_unreachable', { description: 'not registered, or the switch does not know it' }),
  Type.Literal('phone_busy', { description: 'it was in a call already, or rang for one' }),
  Type.Literal('phone_not_rung', { description: 'signaling was away, and the time for it is over' }),
]);
export type SupervisionEndReason = Static<typeof SupervisionEndReason>;

/** What supervision writes: who supervises whom in which mode, and the topology that follows. */
export const supervisionEvents = {
  /**
   * Somebody asked by API to supervise. Refused by the same commit, or accepted: then signaling rings the phone, as this leg,
   * and the supervision starts when it is answered, if it is still permitted.
   */
  SupervisionRequestedByApi: Type.Object({
    supervisionId: Type.String(),
    commandId: Type.String({
      description: "The caller's own id of the command; the same again changes nothing",
    }),
    legId: Type.String({ description: 'Of the phone, from when it is rung' }),
    supervisor: AgentSnapshot,
    phone: AgentSnapshot,
    mode: SupervisionMode,
    target: Type.String({ description: 'Extension asked for' }),
    supervisedLegId: nullable(
      Type.String({ description: 'Leg of the target, which takes part in the conversation' }),
    ),
  }),
  SupervisionStarted: Type.Object({
    supervisionId: Type.String(),
    legId: Type.String(),
    supervisedLegId: Type.String(),
    mode: SupervisionMode,
  }),
  SupervisionModeChanged: Type.Object({
    supervisionId: Type.String(),
    mode: SupervisionMode,
    keysUpTo: nullable(
      Type.Integer({
        description:
          'Place in the log of the newest mode key of this leg that was known: nothing follows any more from it, nor from one before it. ' +
          'Null: none was known, or the event is older than this field',
      }),
    ),
  }),
  /** A mode key that changes nothing: it is the answer to a key at which a voice may have been taken away already. */
  SupervisionModeRefused: Type.Object({
    supervisionId: Type.String(),
    mode: SupervisionMode,
    reason: Type.Union([Type.Literal('mode_not_permitted'), Type.Literal('another_barges')]),
    keysUpTo: Type.Integer({ description: 'Place of the key in the log: nothing follows from it any more' }),
  }),
  SupervisionEnded: Type.Object({
    supervisionId: Type.String(),
    legId: Type.String(),
    reason: SupervisionEndReason,
  }),
  SupervisionRefused: Type.Object({ legId: Type.String(), reason: SupervisionRefusal }),
  /** Who shall hear whom on this call from now on, whole, not as a difference. */
  TopologyChanged: Type.Object({
    topologyId: Type.String(),
    revision: Type.Integer({
      minimum: 1,
      description: 'Of the conversation that it was made for; it says nothing about a newer one',
    }),
    pairs: Topology,
  }),
} as const;

export type SupervisionFacts = {
  [K in keyof typeof supervisionEvents]: Static<(typeof supervisionEvents)[K]>;
};
