import { Type, type Static, type TSchema } from 'typebox';

/*
 * The rows of the incremental export, wire-compatible with Zendesk Talk
 * (developer.zendesk.com, Talk API, Incremental Exports). Every field that Zendesk has is there; null where we cannot know.
 */

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const id = Type.Integer({ minimum: 1 });
const seconds = Type.Integer({ minimum: 0, description: 'Whole seconds, rounded to nearest' });
const charge = Type.String({ description: 'Money as decimal text' });

/** A moment on the wire: ISO 8601, UTC, whole seconds and `Z`; connectors refuse fractions and offsets. */
export const ExportInstant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' });

/** One call as the export gives it. */
export const ExportedCall = Type.Object({
  id,
  created_at: ExportInstant,
  updated_at: ExportInstant,
  agent_id: nullable(id),
  call_charge: charge,
  call_group_id: nullable(id),
  call_channel: nullable(Type.String()),
  call_recording_consent: nullable(Type.String()),
  call_recording_consent_action: nullable(Type.String()),
  call_recording_consent_keypress: nullable(Type.String()),
  callback: nullable(Type.Boolean()),
  callback_source: nullable(Type.String()),
  completion_status: nullable(Type.String({ description: 'null while the call runs' })),
  consultation_time: seconds,
  customer_id: nullable(id),
  customer_requested_voicemail: Type.Boolean(),
  default_group: Type.Boolean(),
  direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound')]),
  duration: seconds,
  exceeded_queue_time: nullable(Type.Boolean()),
  exceeded_queue_wait_time: nullable(Type.Boolean()),
  hold_time: seconds,
  ivr_action: nullable(Type.String()),
  ivr_destination_group_name: nullable(Type.String()),
  ivr_hops: nullable(Type.Integer({ minimum: 0 })),
  ivr_routed_to: nullable(Type.String()),
  ivr_time_spent: nullable(seconds),
  line: nullable(Type.String()),
  line_id: nullable(id),
  line_type: nullable(Type.String()),
  minutes_billed: Type.Integer({ minimum: 0 }),
  not_recording_time: seconds,
  recording_time: seconds,
  recording_control_interactions: Type.Integer({ minimum: 0 }),
  outside_business_hours: nullable(Type.Boolean()),
  overflowed: Type.Boolean(),
  overflowed_to: nullable(Type.String()),
  phone_number: nullable(Type.String()),
  phone_number_id: nullable(id),
  quality_issues: Type.Array(Type.String()),
  talk_time: nullable(seconds),
  ticket_id: nullable(id),
  time_to_answer: nullable(seconds),
  voicemail: Type.Boolean(),
  wait_time: seconds,
  wrap_up_time: seconds,
  post_call_transcription_created: Type.Boolean(),
  post_call_summary_created: Type.Boolean(),
});
export type ExportedCall = Static<typeof ExportedCall>;

/** One leg as the export gives it. The last three fields stand on legs of type `supervisor` only. */
export const ExportedLeg = Type.Object({
  id,
  call_id: id,
  type: Type.Union([Type.Literal('agent'), Type.Literal('customer'), Type.Literal('supervisor')]),
  agent_id: Type.Integer({ minimum: 0, description: '0 on customer legs' }),
  user_id: nullable(Type.Integer({ minimum: 0, description: '0 on agent and supervisor legs' })),
  available_via: nullable(Type.String()),
  completion_status: nullable(Type.String({ description: 'null while the leg runs' })),
  created_at: ExportInstant,
  updated_at: ExportInstant,
  duration: seconds,
  talk_time: seconds,
  hold_time: seconds,
  wrap_up_time: nullable(seconds),
  minutes_billed: nullable(Type.Integer({ minimum: 0 })),
  call_charge: charge,
  forwarded_to: nullable(Type.String()),
  transferred_from: nullable(id),
  transferred_to: nullable(id),
  consultation_from: nullable(id),
  consultation_to: nullable(id),
  consultation_time: nullable(seconds),
  conference_from: nullable(id),
  conference_to: nullable(id),
  conference_time: nullable(seconds),
  quality_issues: Type.Array(Type.String()),
  spy_time: Type.Optional(seconds),
  whisper_time: Type.Optional(seconds),
  barge_time: Type.Optional(seconds),
});
export type ExportedLeg = Static<typeof ExportedLeg>;

const envelope = {
  count: Type.Integer({ minimum: 0, description: 'Rows on this page' }),
  end_time: Type.Integer({
    description: 'Unix seconds of the newest row of this page; start_time when it is empty',
  }),
  next_page: Type.String({ description: 'Absolute and opaque: for the next page and for later polling' }),
};

/** A page of calls. */
export const CallsPage = Type.Object({ calls: Type.Array(ExportedCall), ...envelope });
export type CallsPage = Static<typeof CallsPage>;

/** A page of legs. */
export const LegsPage = Type.Object({ legs: Type.Array(ExportedLeg), ...envelope });
export type LegsPage = Static<typeof LegsPage>;

/** Every error of the export paths: Zendesk's form, which its clients parse. */
export const ExportError = Type.Object({ error: Type.String(), description: Type.String() });
export type ExportError = Static<typeof ExportError>;
