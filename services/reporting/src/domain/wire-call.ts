import type { ExportedCall } from '@earshot/contracts';
import type { ExportedCallRow } from './rows.ts';
import { secondsThatAddUp, wholeSeconds, wireInstant } from './wire-values.ts';

/**
 * A stored row in Zendesk's form. What Earshot has no notion of (charges, overflow, business hours, voicemail, callbacks) takes the
 * value that a Zendesk account without that feature shows; a `failed` call has null there, as records of a live account do.
 */
export const wireCallOf = (row: ExportedCallRow): ExportedCall => {
  const unlessFailed = row.completion_status === 'failed' ? null : false;
  const [recorded, notRecorded] = secondsThatAddUp([row.recording_ms, row.not_recording_ms] as const);
  return {
    id: row.id ?? 0,
    created_at: wireInstant(row.created_at ?? row.updated_at),
    updated_at: wireInstant(row.updated_at),
    agent_id: row.agent_id,
    call_charge: '0.0',
    call_group_id: row.call_group_id,
    call_channel: 'phone',
    call_recording_consent: row.recording_consent,
    call_recording_consent_action: row.recording_consent_action,
    call_recording_consent_keypress: row.recording_consent_keypress,
    callback: unlessFailed,
    callback_source: null,
    completion_status: row.completion_status,
    consultation_time: 0,
    customer_id: null,
    customer_requested_voicemail: false,
    default_group: false,
    direction: row.direction === 'outbound' ? 'outbound' : 'inbound',
    duration: wholeSeconds(row.duration_ms),
    exceeded_queue_time: unlessFailed,
    exceeded_queue_wait_time: unlessFailed,
    hold_time: 0,
    ivr_action: row.ivr_action,
    ivr_destination_group_name: row.ivr_destination_group_name,
    ivr_hops: row.ivr_hops,
    ivr_routed_to: null,
    ivr_time_spent: row.ivr_ms === null ? null : wholeSeconds(row.ivr_ms),
    line: row.line_name,
    line_id: row.line_id,
    line_type: row.line_type,
    minutes_billed: 0,
    not_recording_time: notRecorded,
    recording_time: recorded,
    recording_control_interactions: 0,
    outside_business_hours: unlessFailed,
    overflowed: false,
    overflowed_to: null,
    phone_number: row.line_number,
    phone_number_id: row.line_id,
    quality_issues: ['information_not_available'],
    talk_time: row.completion_status === 'failed' ? null : wholeSeconds(row.talk_ms),
    ticket_id: null,
    time_to_answer: row.time_to_answer_ms === null ? null : wholeSeconds(row.time_to_answer_ms),
    voicemail: false,
    wait_time: wholeSeconds(row.wait_ms),
    wrap_up_time: 0,
    post_call_transcription_created: false,
    post_call_summary_created: false,
  };
};
