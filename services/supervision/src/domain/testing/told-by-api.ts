import type { Facts, SupervisionMode, SupervisionRefusal } from '@earshot/contracts';
import type { CallScript } from '@earshot/testkit/events';
import type { Decision } from '@earshot/event-log';
import type { CallState } from '../call-state.ts';
import type { TenantRules } from '../permission.ts';
import { supervisionDecider } from '../supervision.ts';

export const commandId = '7f0c1f0e-6b0a-4f6e-9a53-0d3f5b1c2a44';
const usual: TenantRules = { maxPerCall: 3, hearEachOther: 'barging' };
const benjamin = { extension: '1001', exportId: 1001 };

/** When a command comes, by our clock: so many seconds after the last thing that was told. */
export const afterLast = (call: CallScript, seconds = 0.5): string =>
  new Date(Date.parse(call.events.at(-1)?.occurredAt ?? '') + seconds * 1000).toISOString();

/** Benjamin asks by API to supervise Olivia. */
export const asksByApi = (
  state: CallState,
  at: string,
  {
    mode = 'spy',
    notPermitted = null,
    target = '1004',
    phone = benjamin,
    rules = usual,
  }: {
    readonly mode?: SupervisionMode;
    readonly notPermitted?: SupervisionRefusal | null;
    readonly target?: string;
    readonly phone?: Facts['SupervisionRequestedByApi']['phone'];
    readonly rules?: TenantRules;
  } = {},
): Decision =>
  supervisionDecider.decide(state, {
    type: 'supervision-commanded',
    at,
    rules,
    command: { user: 'benjamin', commandId, supervisor: benjamin, phone, target, mode },
    notPermitted,
  });

/** Somebody asks by API for another mode; null: to leave. */
export const changesByApi = (
  state: CallState,
  at: string,
  supervisionId: string,
  mode: SupervisionMode | null,
  isModeForbidden = false,
): Decision =>
  supervisionDecider.decide(state, {
    type: 'change-commanded',
    at,
    rules: usual,
    command: { user: 'benjamin', supervisionId, mode },
    isModeForbidden,
  });

/** The call with a decision written down, as by supervision, at the end of what was told. */
export const writtenDown = (call: CallScript, decision: Decision): CallScript =>
  decision.outcome === 'accepted' ? call.commit('supervision', ...decision.events) : call;

/** What a decision comes to: its events, each with the word that matters, or why there is none. */
export const summary = (decision: Decision): readonly string[] | string =>
  decision.outcome === 'ignored'
    ? decision.because
    : decision.events.map(({ type, data }) =>
        'reason' in data ? `${type}: ${data.reason}` : 'mode' in data ? `${type}: ${data.mode}` : type,
      );

/** Id of the leg of the phone that is rung for the first supervision of a call. */
export const phoneLeg = ({ callId }: CallScript): string => `${callId}-v1-l1`;
/** Signaling rings Benjamin's phone. */
export const phoneRings = (call: CallScript): CallScript => {
  const whom = { party: 'supervisor', agent: benjamin, number: null, group: null } as const;
  return call.commit('signaling', {
    type: 'LegOffered',
    data: { legId: phoneLeg(call), ...whom, ringForMs: 20_000 },
  });
};
export const phoneAnswers = (call: CallScript): CallScript =>
  call.commit('signaling', { type: 'LegAnswered', data: { legId: phoneLeg(call) } });
export const phoneEnds = (call: CallScript, reason: Facts['LegEnded']['reason']): CallScript =>
  call.commit('signaling', { type: 'LegEnded', data: { legId: phoneLeg(call), reason } });
export const phonePresses = (call: CallScript, key: string): CallScript =>
  call.commit('signaling', {
    type: 'KeyPressed',
    data: { legId: phoneLeg(call), key, awaitedBy: 'supervision', windowId: null },
  });
