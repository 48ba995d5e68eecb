import { Type, type Static } from 'typebox';

/** How a supervisor takes part: hears both (spy), is heard by the agent (whisper), by both (barge). */
export const SupervisionMode = Type.Union([
  Type.Literal('spy'),
  Type.Literal('whisper'),
  Type.Literal('barge'),
]);
export type SupervisionMode = Static<typeof SupervisionMode>;

/** Every mode, from the one in which the supervisor is heard by the fewest. */
export const supervisionModes: readonly SupervisionMode[] = ['spy', 'whisper', 'barge'];

/** Why a supervision was refused; each is heard by the supervisor and stands in the log. */
export const SupervisionRefusal = Type.Union([
  Type.Literal('supervision_off'),
  Type.Literal('not_authorised'),
  Type.Literal('self'),
  Type.Literal('no_such_extension'),
  Type.Literal('not_on_a_call'),
  Type.Literal('not_supervisable'),
  Type.Literal('mode_not_permitted'),
  Type.Literal('too_many_supervisors'),
  Type.Literal('another_barges'),
]);
export type SupervisionRefusal = Static<typeof SupervisionRefusal>;

/** Whose voice other supervisors of the same conversation hear: that of whoever barges, or nobody's. */
export const HearEachOther = Type.Union([Type.Literal('barging'), Type.Literal('nobody')], {
  description:
    'Whom of each other the supervisors of a conversation hear: who barges, or nobody; without it who barges',
});
export type HearEachOther = Static<typeof HearEachOther>;

/** Line type, Zendesk `line_type`. */
export const LineType = Type.Union([Type.Literal('phone'), Type.Literal('digital')]);
export type LineType = Static<typeof LineType>;

/** Recording setting of a line, Zendesk `call_recording_consent`. */
export const RecordingSetting = Type.Union([
  Type.Literal('always'),
  Type.Literal('opt_in'),
  Type.Literal('opt_out'),
  Type.Literal('never'),
]);
export type RecordingSetting = Static<typeof RecordingSetting>;

/** The caller's choice, Zendesk `call_recording_consent_action`. */
export const ConsentChoice = Type.Union([Type.Literal('caller_opted_in'), Type.Literal('caller_opted_out')]);
export type ConsentChoice = Static<typeof ConsentChoice>;

/** The key that expresses the choice, everywhere. */
export const consentKey = '3';

/** Keys that change the mode while supervising. */
export const modeKeys: Readonly<Record<string, SupervisionMode>> = {
  '0': 'spy',
  '1': 'whisper',
  '2': 'barge',
};

const hearers: Readonly<Record<SupervisionMode, number>> = { spy: 0, whisper: 1, barge: 2 };

/** Whether a supervisor is heard by fewer in one mode than in another. */
export const isHeardByFewer = (mode: SupervisionMode, than: SupervisionMode): boolean =>
  hearers[mode] < hearers[than];
