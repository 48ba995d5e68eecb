import type { ExportedLeg } from '@earshot/contracts';
import type { ExportedLegRow } from './rows.ts';
import { secondsThatAddUp, wholeSeconds, wireInstant } from './wire-values.ts';

/**
 * A stored row in Zendesk's form: agent_id is 0 on customer legs, user_id is 0 on the others.
 * Only supervisor legs carry the times per mode, so agent and customer legs keep exactly Zendesk's fields.
 */
export const wireLegOf = (row: ExportedLegRow): ExportedLeg => {
  const customer = row.type === 'customer';
  const [spy, whisper, barge] = secondsThatAddUp([row.spy_ms, row.whisper_ms, row.barge_ms] as const);
  return {
    id: row.id,
    call_id: row.call_export_id ?? 0,
    type: row.type,
    agent_id: customer ? 0 : (row.agent_id ?? 0),
    user_id: customer ? null : 0,
    available_via: customer ? null : 'phone',
    completion_status: row.completion_status,
    created_at: wireInstant(row.created_at),
    updated_at: wireInstant(row.updated_at),
    duration: wholeSeconds(row.duration_ms),
    talk_time: wholeSeconds(row.talk_ms),
    hold_time: 0,
    wrap_up_time: customer ? null : 0,
    minutes_billed: customer ? null : 0,
    call_charge: '0.0',
    forwarded_to: null,
    transferred_from: null,
    transferred_to: null,
    consultation_from: null,
    consultation_to: null,
    consultation_time: null,
    conference_from: null,
    conference_to: null,
    conference_time: null,
    quality_issues: ['information_not_available'],
    ...(row.type === 'supervisor' ? { spy_time: spy, whisper_time: whisper, barge_time: barge } : {}),
  };
};
