import {
  modeKeys,
  type CallEvent,
  type Facts,
  type Instant,
  type SupervisionMode,
  type SupervisionRefusal,
} from '@earshot/contracts';
import type { ChangeCommand, JoinCommand } from './by-api.ts';
import type { CallState } from './call-state.ts';
import { whyNotPermitted, type Permissions, type TenantRules } from './permission.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * What supervision decides on. `at` is when the cause happened; what the settings permit is what they said
 * when it came.
 */
export type Input = { readonly at: Instant; readonly rules: TenantRules } & (
  | {
      readonly type: 'supervision-requested';
      readonly request: Facts['SupervisionRequested'];
      readonly notPermitted: SupervisionRefusal | null;
    }
  | {
      readonly type: 'key-pressed';
      readonly legId: string;
      readonly key: string | null;
      /** Where it stands in the log. */
      readonly place: number;
      /** The supervisor may not use the mode that the key asks for. */
      readonly isModeForbidden: boolean;
    }
  | { readonly type: 'conversation-changed' }
  | { readonly type: 'settings-changed'; readonly withdrawn: readonly Withdrawal[] }
  /** By API; `at` is by our clocks. */
  | {
      readonly type: 'supervision-commanded';
      readonly command: JoinCommand;
      readonly notPermitted: SupervisionRefusal | null;
    }
  | {
      readonly type: 'change-commanded';
      readonly command: ChangeCommand;
      readonly isModeForbidden: boolean;
    }
  /** The phone of a supervision that was asked for by API. */
  | {
      readonly type: 'phone-answered';
      readonly legId: string;
      readonly notPermitted: SupervisionRefusal | null;
    }
);

/**
 * The inputs that an event of the log leads to; usually none.
 * @param state of the call, with the event in it
 */
export const inputsOf = (event: CallEvent, permissions: Permissions, state: CallState): readonly Input[] => {
  const at = event.occurredAt;
  const rules = permissions.rules();
  switch (event.type) {
    case 'SupervisionRequested': {
      const { supervisor, target, mode } = event.data;
      const notPermitted = whyNotPermitted(permissions, supervisor.extension, target, mode ?? 'spy');
      return [{ type: 'supervision-requested', at, rules, request: event.data, notPermitted }];
    }
    case 'KeyPressed': {
      const { awaitedBy, legId, key } = event.data;
      if (awaitedBy !== 'supervision') return [];
      const mode = key === null ? undefined : modeKeys[key];
      const isModeForbidden = mode !== undefined && isForbidden(state, permissions, legId, mode);
      return [{ type: 'key-pressed', at, rules, legId, key, place: event.sequence, isModeForbidden }];
    }
    case 'LegAnswered': {
      const { legId } = event.data;
      const awaited = state.awaited.find((waiting) => waiting.legId === legId);
      if (!awaited) return [];
      const request = state.requests.find((asked) => asked.legId === legId);
      const notPermitted = request
        ? whyNotPermitted(permissions, request.supervisor, request.target, awaited.mode)
        : null;
      return [{ type: 'phone-answered', at, rules, legId, notPermitted }];
    }
    case 'ConversationChanged':
    case 'LegEnded':
    case 'CallEnded':
      return [{ type: 'conversation-changed', at, rules }];
    default:
      return [];
  }
};

/** Whether whoever supervises with this leg may do so, but not in this mode. */
const isForbidden = (
  { requests }: CallState,
  permissions: Permissions,
  ofLeg: string,
  mode: SupervisionMode,
): boolean => {
  const request = requests.find(({ legId }) => legId === ofLeg);
  return (
    request !== undefined &&
    whyNotPermitted(permissions, request.supervisor, request.target, mode) === 'mode_not_permitted'
  );
};
