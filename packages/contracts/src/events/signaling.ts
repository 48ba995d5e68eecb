import { Type, type Static } from 'typebox';
import { Personal } from '../personal.ts';
import { Parties, Topology } from '../topology.ts';
import { LineType, SupervisionMode } from '../words.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const legId = Type.String({ description: 'Leg of this call' });

/** The line as it stood when the call came; kept in the event so that a rebuild gives the same rows. */
export const LineSnapshot = Type.Object({
  id: Type.String(),
  exportId: Type.Integer({ description: 'Sequence of the first commit of this line in SETTINGS' }),
  number: Type.String({ description: "E.164; the tenant's own number, not personal" }),
  name: Type.String(),
  type: LineType,
});

/** The ring group as it stood when it was chosen. */
export const GroupSnapshot = Type.Object({
  id: Type.String(),
  exportId: Type.Integer(),
  name: Type.String(),
});

/** Who sits at an extension, for the export. */
export const AgentSnapshot = Type.Object({ extension: Type.String(), exportId: Type.Integer() });

/** Which audio was played: enough to prove later what the caller heard. */
export const GreetingSnapshot = Type.Object({
  id: Type.String(),
  version: Type.Integer({ description: "Sequence of the greeting's commit in SETTINGS" }),
  language: Type.String(),
  text: Type.String(),
  contentHash: Type.String({ description: 'SHA-256 of the text, hex' }),
});

export const LegEndReason = Type.Union([
  Type.Literal('hung_up', { description: 'the party itself hung up' }),
  Type.Literal('missed', { description: 'rang until the time was up' }),
  Type.Literal('declined'),
  Type.Literal('unreachable', { description: 'not registered, or no route' }),
  Type.Literal('answered_elsewhere'),
  Type.Literal('call_ended', { description: 'we ended it because the call was over' }),
  Type.Literal('refused', { description: 'we ended it after an audible refusal' }),
  Type.Literal('supervision_ended'),
  Type.Literal('lost', { description: 'the switch no longer knows it' }),
  Type.Literal('busy', { description: 'it was in a call already, so that it was not rung' }),
]);
export type LegEndReason = Static<typeof LegEndReason>;

export const PromptKind = Type.Union([
  Type.Literal('available'),
  Type.Literal('consent'),
  Type.Literal('menu'),
  Type.Literal('refusal'),
]);
export type PromptKind = Static<typeof PromptKind>;

/** What a window waits for: the caller's choice about the recording, or the choice of a menu. */
export const KeyWindowFor = Type.Union([Type.Literal('consent'), Type.Literal('menu')]);
export type KeyWindowFor = Static<typeof KeyWindowFor>;

/** Why a window closed. */
export const KeyWindowEnd = Type.Union([
  Type.Literal('key_pressed', { description: 'the menu was answered' }),
  Type.Literal('time_up', { description: 'the menu was said as often as it is' }),
  Type.Literal('connected', { description: 'somebody answered the caller' }),
  Type.Literal('greeting_failed', { description: 'what asked was not heard' }),
  Type.Literal('keys_not_heard', {
    description: 'the switch could not tell us keys for a while: what was pressed is not known',
  }),
  Type.Literal('leg_ended'),
]);

/** What signaling writes: facts of the switch, and what was done on it. */
export const signalingEvents = {
  CallStarted: Type.Object({
    direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound'), Type.Literal('internal')]),
    line: nullable(LineSnapshot),
    from: Personal('Number or extension that calls'),
    to: Personal('Number or extension that was dialled'),
  }),
  /** A phone came to us: it dialled in. `handle` is the switch's own id of the leg. */
  LegArrived: Type.Object({
    legId,
    handle: Type.String(),
    party: Type.Union([Type.Literal('customer'), Type.Literal('agent'), Type.Literal('supervisor')]),
    agent: nullable(AgentSnapshot),
    number: nullable(Personal('Number of an outside party')),
  }),
  /** We decided to ring a phone. The leg has our id as its handle at the switch. */
  LegOffered: Type.Object({
    legId,
    party: Type.Union([Type.Literal('customer'), Type.Literal('agent'), Type.Literal('supervisor')]),
    agent: nullable(AgentSnapshot),
    number: nullable(Personal('Number of an outside party')),
    group: nullable(GroupSnapshot),
    ringForMs: Type.Integer(),
  }),
  LegAnswered: Type.Object({ legId }),
  LegEnded: Type.Object({ legId, reason: LegEndReason }),
  PromptRequested: Type.Object({
    promptId: Type.String(),
    legId,
    kind: PromptKind,
    greeting: GreetingSnapshot,
  }),
  PromptStarted: Type.Object({ promptId: Type.String() }),
  PromptEnded: Type.Object({
    promptId: Type.String(),
    outcome: Type.Union([Type.Literal('completed'), Type.Literal('cut_short'), Type.Literal('failed')]),
  }),
  /** The recording policy did not come in time: the call goes on, nobody is asked, and no window for the consent key opens. */
  RecordingPolicyMissed: Type.Object({ waitedMs: Type.Integer({ minimum: 0 }) }),
  /** The caller is in a menu from now on: its keys are awaited. */
  MenuEntered: Type.Object({ menuId: Type.String() }),
  /** The caller chose a route of the menu. */
  MenuChosen: Type.Object({ menuId: Type.String(), key: Type.String(), action: Type.String() }),
  QueueEntered: Type.Object({ legId, group: nullable(GroupSnapshot), extension: nullable(Type.String()) }),
  /**
   * Who takes part from now on, and how, whole. Signaling brings the parties together without waiting for anybody; whoever
   * decides who else hears them names the revision that it knew. Revisions of a call count up from 1.
   */
  ConversationChanged: Type.Object({ revision: Type.Integer({ minimum: 1 }), parties: Parties }),
  /** From now on a key of this leg counts. Only silence within such a window is silence. */
  KeyWindowOpened: Type.Object({ windowId: Type.String(), legId, awaits: KeyWindowFor }),
  KeyWindowClosed: Type.Object({ windowId: Type.String(), reason: KeyWindowEnd }),
  /** A key that a feature waits for; `key` is null (masked at the source) when none does. RFC 4733, reported at its end. */
  KeyPressed: Type.Object({
    legId,
    key: nullable(Type.String({ pattern: '^[0-9*#A-D]$' })),
    awaitedBy: nullable(
      Type.Union([Type.Literal('menu'), Type.Literal('consent'), Type.Literal('supervision')]),
    ),
    windowId: nullable(
      Type.String({
        description: 'Window that it fell into; null for a mode key, which counts while its leg supervises',
      }),
    ),
  }),
  /** An extension dialled a service code. On the log of the call that the target is on; else on a log of its own. */
  SupervisionRequested: Type.Object({
    legId,
    supervisor: AgentSnapshot,
    mode: nullable(SupervisionMode),
    target: Type.String({ description: 'Extension asked for' }),
    supervisedLegId: nullable(Type.String({ description: 'Answered leg of the target on this call' })),
  }),
  /** The switch carries a topology, or does not. A leg of it that has not answered yet is left out and comes with the next one. */
  TopologyApplied: Type.Object({
    topologyId: Type.String(),
    pairs: nullable(Topology),
    outcome: Type.Union([Type.Literal('done'), Type.Literal('refused'), Type.Literal('unknown')]),
    reason: nullable(Type.String()),
  }),
  RecorderStarted: Type.Object({ recordingId: Type.String() }),
  RecorderStopped: Type.Object({ recordingId: Type.String(), durationMs: Type.Integer({ minimum: 0 }) }),
  RecorderRefused: Type.Object({ recordingId: Type.String(), reason: Type.String() }),
  RecorderUnknown: Type.Object({ recordingId: Type.String(), reason: Type.String() }),
  /** What can be fetched from now on: the recorder's file, cut to the time for which its decision stood. */
  RecordingCollected: Type.Object({
    recordingId: Type.String(),
    durationMs: Type.Integer({ minimum: 0 }),
    cutMs: Type.Integer({ minimum: 0, description: 'Caught outside the standing decision and thrown away' }),
  }),
  CallEnded: Type.Object({
    completion: Type.Union(
      [
        Type.Literal('completed'),
        Type.Literal('abandoned_in_queue'),
        Type.Literal('abandoned_in_ivr'),
        Type.Literal('not_answered'),
        Type.Literal('failed'),
      ],
      { description: 'Zendesk Talk completion_status' },
    ),
  }),
} as const;

export type SignalingFacts = { [K in keyof typeof signalingEvents]: Static<(typeof signalingEvents)[K]> };
