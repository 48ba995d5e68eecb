import { Type, type Static } from 'typebox';
import { ConsentChoice, RecordingSetting } from '../words.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Why a recording was allowed or forbidden, in a word that an auditor understands. */
export const RecordingGround = Type.Union([
  Type.Literal('line_always'),
  Type.Literal('line_never'),
  Type.Literal('caller_opted_in'),
  Type.Literal('caller_did_not_opt_in'),
  Type.Literal('caller_opted_out'),
  Type.Literal('caller_did_not_opt_out'),
  Type.Literal('caller_was_not_asked', {
    description: 'opt_out, inbound, but no window was open in which key 3 counted',
  }),
  Type.Literal('keys_were_not_heard', {
    description: 'opt_out, but for a while the switch could not tell us what the caller pressed',
  }),
  Type.Literal('outbound_opt_in'),
  Type.Literal('outbound_opt_out'),
  Type.Literal('no_line'),
  Type.Literal('log_unreadable', {
    description: 'a commit of this call cannot be read, so what it allows or forbids is not known',
  }),
]);
export type RecordingGround = Static<typeof RecordingGround>;

const windowId = nullable(
  Type.String({
    description: 'Key window in which the caller kept silent; null: the decision does not rest on silence',
  }),
);

/** What recording-consent writes: the setting in force, the caller's choice, and the decision. */
export const recordingConsentEvents = {
  /** The line's setting when the call started; it holds for the whole call. */
  RecordingPolicyApplied: Type.Object({
    setting: RecordingSetting,
    settingVersion: nullable(Type.Integer({ description: "Sequence of the setting's commit in SETTINGS" })),
    /** Consent greeting that signaling shall play on the way into a group; null: none. */
    greeting: nullable(Type.Union([Type.Literal('opt_in'), Type.Literal('opt_out')])),
    /** Whether key 3 of the caller counts on this call before an agent answers. */
    keyCounts: Type.Boolean(),
  }),
  ConsentChosen: Type.Object({ choice: ConsentChoice, key: Type.String() }),
  ConsentKeyIgnored: Type.Object({
    reason: Type.Union([
      Type.Literal('already_chosen'),
      Type.Literal('agent_answered'),
      Type.Literal('key_does_not_count'),
    ]),
  }),
  /** A standing decision: the recorder may run, under this id, until it is withdrawn. */
  RecordingAllowed: Type.Object({ recordingId: Type.String(), ground: RecordingGround, windowId }),
  RecordingForbidden: Type.Object({ ground: RecordingGround, windowId }),
  /** The decision stands no longer; the recorder must stop. */
  RecordingWithdrawn: Type.Object({
    recordingId: Type.String(),
    reason: Type.Union([
      Type.Literal('parties_parted'),
      Type.Literal('call_ended'),
      Type.Literal('log_unreadable'),
      Type.Literal('caller_opted_out'),
    ]),
  }),
} as const;

export type RecordingConsentFacts = {
  [K in keyof typeof recordingConsentEvents]: Static<(typeof recordingConsentEvents)[K]>;
};
