import { isExported, type CallState, type LegState } from './call-state.ts';
import { lengthOf, overlapOf } from './times.ts';

/** One row of the table `calls`. Durations in milliseconds, moments as ISO 8601; personal data in none. */
export interface CallRow {
  readonly call_id: string;
  readonly id: number | null;
  readonly tenant: string;
  readonly exported: boolean;
  readonly changed_sequence: number;
  readonly updated_at: string;
  readonly created_at: string | null;
  readonly direction: string | null;
  readonly completion_status: string | null;
  readonly agent_id: number | null;
  readonly call_group_id: number | null;
  readonly line_id: number | null;
  readonly line_name: string | null;
  readonly line_type: string | null;
  readonly line_number: string | null;
  readonly recording_consent: string | null;
  readonly recording_consent_action: string | null;
  readonly recording_consent_keypress: string | null;
  readonly ivr_action: string | null;
  readonly ivr_destination_group_name: string | null;
  readonly ivr_hops: number | null;
  readonly ivr_ms: number | null;
  readonly duration_ms: number;
  readonly wait_ms: number;
  readonly time_to_answer_ms: number | null;
  readonly talk_ms: number;
  readonly recording_ms: number;
  readonly not_recording_ms: number;
}

/** One row of the table `legs`. */
export interface LegRow {
  readonly id: number;
  readonly call_id: string;
  readonly call_export_id: number | null;
  readonly exported: boolean;
  readonly changed_sequence: number;
  readonly updated_at: string;
  readonly created_at: string;
  readonly type: 'agent' | 'customer' | 'supervisor';
  readonly agent_id: number | null;
  readonly completion_status: string | null;
  readonly duration_ms: number;
  readonly talk_ms: number;
  readonly spy_ms: number;
  readonly whisper_ms: number;
  readonly barge_ms: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const between = (from: number | null, to: number | null): number => (from === null || to === null ? 0 : Math.max(0, to - from));

/** The call as a row. Times that still run are 0 until they are complete, as Zendesk has it; other unknowns are null. */
export const callRowOf = (call: CallState): CallRow => {
  const withMenu = call.menus.length > 0;
  const talkMs = lengthOf(call.talks);
  return {
    call_id: call.callId,
    id: call.id,
    tenant: call.tenant,
    exported: isExported(call),
    changed_sequence: call.changedSequence,
    updated_at: call.updatedAt,
    created_at: call.startedAt === null ? null : iso(call.startedAt),
    direction: call.direction,
    completion_status: call.completion,
    agent_id: call.agentId,
    call_group_id: call.group?.id ?? null,
    line_id: call.line?.exportId ?? null,
    line_name: call.line?.name ?? null,
    line_type: call.line?.type ?? null,
    line_number: call.line?.number ?? null,
    recording_consent: call.consent,
    recording_consent_action: call.consentAction,
    recording_consent_keypress: call.consentKey,
    ivr_action: call.menuAction,
    ivr_destination_group_name: call.menuGroup,
    ivr_hops: withMenu ? call.menuHops : null,
    ivr_ms: withMenu ? lengthOf(call.menus) : null,
    duration_ms: between(call.startedAt, call.endedAt),
    wait_ms: lengthOf(call.waits),
    time_to_answer_ms: call.direction === 'inbound' && call.agentAnsweredAt !== null ? between(call.startedAt, call.agentAnsweredAt) : null,
    talk_ms: talkMs,
    recording_ms: lengthOf(call.recorded),
    not_recording_ms: talkMs - overlapOf(call.talks, call.recorded),
  };
};

const agentEnds: Readonly<Record<NonNullable<LegState['endReason']>, string>> = {
  hung_up: 'customer_hang_up', call_ended: 'customer_hang_up', missed: 'agent_missed', declined: 'agent_declined',
  unreachable: 'agent_unreachable', answered_elsewhere: 'answered_elsewhere', refused: 'refused',
  supervision_ended: 'completed', lost: 'failed',
};

/**
 * How a leg came out: Zendesk's words as far as they reach. An agent whose phone rang in vain because a colleague was quicker
 * did not miss the call; Zendesk rings one agent at a time and has no word for it, so it is our `answered_elsewhere`.
 */
const completionOf = (leg: LegState): string | null => {
  if (leg.endedAt === null || leg.endReason === null) return null;
  const took = leg.talks.length > 0 || (leg.offered && leg.answeredAt !== null);
  if (leg.party === 'agent') return took || !leg.offered ? 'completed' : agentEnds[leg.endReason];
  if (leg.party === 'supervisor') return leg.endReason === 'refused' ? 'refused' : 'completed';
  if (took) return 'completed';
  return leg.offered ? 'not_answered' : 'customer_hang_up';
};

/** The leg as a row. The talk of a supervisor is the time in all three modes together. */
export const legRowOf = (call: CallState, leg: LegState): LegRow => {
  const { spy, whisper, barge } = leg.modeMs;
  return {
    id: leg.id,
    call_id: call.callId,
    call_export_id: call.id,
    exported: isExported(call),
    changed_sequence: leg.changedSequence,
    updated_at: leg.updatedAt,
    created_at: iso(leg.createdAt),
    type: leg.party,
    agent_id: leg.agentId,
    completion_status: completionOf(leg),
    duration_ms: between(leg.createdAt, leg.endedAt),
    talk_ms: leg.party === 'supervisor' ? spy + whisper + barge : lengthOf(leg.talks),
    spy_ms: spy,
    whisper_ms: whisper,
    barge_ms: barge,
  };
};
