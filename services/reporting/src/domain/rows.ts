import type { SupervisionLife } from '@earshot/contracts';
import { isExported, unknownCall, unknownLeg, type CallState, type LegState } from './call-state.ts';
import { recordedSpans } from './evolve-recorder.ts';
import { lengthOf, overlapOf, unionOf } from './times.ts';

/** Columns that only say who gets a row. */
const inside = ['call_id', 'tenant', 'exported'] as const;
type Inside = (typeof inside)[number];

/** The columns without those that only say who gets a row. */
export const exportedColumns = (columns: readonly string[]): readonly string[] =>
  columns.filter((column) => !inside.some((hidden) => hidden === column));

const iso = (ms: number): string => new Date(ms).toISOString();
const between = (from: number | null, to: number | null): number =>
  from === null || to === null ? 0 : Math.max(0, to - from);

/**
 * The call as a row of the table `calls`, whose columns stand here and nowhere else. Durations in
 * milliseconds, moments as ISO 8601; personal data in none. Times that still run are 0 until they are
 * complete, as Zendesk has it; other unknowns are null.
 */
export const callRowOf = (call: CallState) => {
  const withMenu = call.menus.length > 0;
  const talks = unionOf(call.talks);
  const recorded = recordedSpans(call);
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
    time_to_answer_ms:
      call.direction === 'inbound' && call.agentAnsweredAt !== null
        ? between(call.startedAt, call.agentAnsweredAt)
        : null,
    talk_ms: lengthOf(talks),
    recording_ms: lengthOf(recorded),
    not_recording_ms: lengthOf(talks) - overlapOf(talks, recorded),
  };
};

/** One row of the table `calls`. */
export type CallRow = Readonly<ReturnType<typeof callRowOf>>;

/** What a reader of the export gets of it. */
export type ExportedCallRow = Omit<CallRow, Inside>;

/** Its columns. */
export const callColumns = Object.keys(callRowOf(unknownCall('', ''))) as readonly (keyof CallRow)[];

const agentEnds: Readonly<Record<NonNullable<LegState['endReason']>, string>> = {
  hung_up: 'customer_hang_up',
  call_ended: 'customer_hang_up',
  missed: 'agent_missed',
  declined: 'agent_declined',
  unreachable: 'agent_unreachable',
  answered_elsewhere: 'answered_elsewhere',
  refused: 'refused',
  supervision_ended: 'completed',
  lost: 'failed',
  busy: 'agent_declined',
};

/**
 * How a leg came out: Zendesk's words as far as they reach. An agent whose phone rang in vain because a
 * colleague was quicker did not miss the call; Zendesk rings one agent at a time and has no word for it, so
 * it is our `answered_elsewhere`.
 */
const completionOf = (leg: LegState): string | null => {
  if (leg.endedAt === null || leg.endReason === null) return null;
  const took = leg.talks.length > 0 || (leg.offered && leg.answeredAt !== null);
  if (leg.party === 'agent') return took || !leg.offered ? 'completed' : agentEnds[leg.endReason];
  if (leg.party === 'supervisor') {
    if (leg.offered && !took) return agentEnds[leg.endReason];
    return leg.endReason === 'refused' ? 'refused' : 'completed';
  }
  if (took) return 'completed';
  return leg.offered ? 'not_answered' : 'customer_hang_up';
};

/**
 * The leg as a row of the table `legs`, as above. The talk of a supervisor is the time in all three
 * modes together.
 */
export const legRowOf = (call: CallState, leg: LegState) => {
  const { spy, whisper, barge } = leg.modeMs;
  return {
    id: leg.id,
    call_id: call.callId,
    call_export_id: call.id,
    tenant: call.tenant,
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

/** One row of the table `legs`. */
export type LegRow = Readonly<ReturnType<typeof legRowOf>>;

/** What a reader of the export gets of it. */
export type ExportedLegRow = Omit<LegRow, Inside>;

/** Its columns. */
export const legColumns = Object.keys(legRowOf(unknownCall('', ''), unknownLeg)) as readonly (keyof LegRow)[];

/** A supervision as a row of the table `supervisions`; what is looked for has a column of its own. */
export const supervisionRowOf = (call: CallState, life: SupervisionLife) => ({
  id: life.legId,
  call_id: call.callId,
  tenant: call.tenant,
  supervisor: life.supervisor,
  agent: life.agent,
  requested_at: life.requestedAt,
  life,
});

/** One row of the table `supervisions`. */
export type SupervisionRow = Readonly<ReturnType<typeof supervisionRowOf>>;

/** Its columns. */
export const supervisionColumns = [
  'id',
  'call_id',
  'tenant',
  'supervisor',
  'agent',
  'requested_at',
  'life',
] as const satisfies readonly (keyof SupervisionRow)[];
