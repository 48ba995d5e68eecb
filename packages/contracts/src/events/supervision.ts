import { Type, type Static } from 'typebox';
import { SupervisionMode, SupervisionRefusal } from '../words.ts';
import { Topology } from '../topology.ts';

/** What supervision writes: who supervises whom in which mode, and the topology that follows. */
export const supervisionEvents = {
  SupervisionStarted: Type.Object({
    supervisionId: Type.String(),
    legId: Type.String(),
    supervisedLegId: Type.String(),
    mode: SupervisionMode,
  }),
  SupervisionModeChanged: Type.Object({ supervisionId: Type.String(), mode: SupervisionMode }),
  SupervisionEnded: Type.Object({
    supervisionId: Type.String(),
    legId: Type.String(),
    reason: Type.Union([
      Type.Literal('supervisor_left'),
      Type.Literal('agent_left'),
      Type.Literal('call_ended'),
      Type.Literal('permission_withdrawn'),
      Type.Literal('supervision_off'),
    ]),
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
