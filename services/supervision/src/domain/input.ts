import type { CallEvent, Facts, Instant, SupervisionRefusal } from '@earshot/contracts';
import type { ChangeCommand, JoinCommand } from './by-api.ts';
import type { CallState } from './call-state.ts';
import { whyNotPermitted, type Permissions } from './permission.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * What supervision decides on. `at` is when the cause happened; what the settings permit is what they said
 * when it came.
 */
export type Input =
  | {
      readonly type: 'supervision-requested';
      readonly at: Instant;
      readonly request: Facts['SupervisionRequested'];
      readonly notPermitted: SupervisionRefusal | null;
    }
  | {
      readonly type: 'key-pressed';
      readonly at: Instant;
      readonly legId: string;
      readonly key: string | null;
      /** Where it stands in the log. */
      readonly place: number;
    }
  | { readonly type: 'conversation-changed'; readonly at: Instant }
  | {
      readonly type: 'permission-withdrawn';
      readonly at: Instant;
      readonly withdrawn: readonly Withdrawal[];
    }
  /** By API; `at` is by our clocks. */
  | {
      readonly type: 'supervision-commanded';
      readonly at: Instant;
      readonly command: JoinCommand;
      readonly notPermitted: SupervisionRefusal | null;
    }
  | { readonly type: 'change-commanded'; readonly at: Instant; readonly command: ChangeCommand }
  /** The phone of a supervision that was asked for by API. */
  | {
      readonly type: 'phone-answered';
      readonly at: Instant;
      readonly legId: string;
      readonly notPermitted: SupervisionRefusal | null;
    };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, permissions: Permissions, state: CallState): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'SupervisionRequested':
      return [
        {
          type: 'supervision-requested',
          at,
          request: event.data,
          notPermitted: whyNotPermitted(permissions, event.data.supervisor.extension, event.data.target),
        },
      ];
    case 'KeyPressed':
      return event.data.awaitedBy === 'supervision'
        ? [{ type: 'key-pressed', at, legId: event.data.legId, key: event.data.key, place: event.sequence }]
        : [];
    case 'LegAnswered': {
      const { legId } = event.data;
      if (!state.awaited.some((awaited) => awaited.legId === legId)) return [];
      const request = state.requests.find((asked) => asked.legId === legId);
      const notPermitted = request ? whyNotPermitted(permissions, request.supervisor, request.target) : null;
      return [{ type: 'phone-answered', at, legId, notPermitted }];
    }
    case 'ConversationChanged':
    case 'LegEnded':
    case 'CallEnded':
      return [{ type: 'conversation-changed', at }];
    default:
      return [];
  }
};
