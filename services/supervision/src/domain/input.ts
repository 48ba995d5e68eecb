import type { CallEvent, Facts, Instant, SupervisionRefusal } from '@earshot/contracts';
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
    }
  | { readonly type: 'conversation-changed'; readonly at: Instant }
  | {
      readonly type: 'permission-withdrawn';
      readonly at: Instant;
      readonly withdrawn: readonly Withdrawal[];
    };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, permissions: Permissions): readonly Input[] => {
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
        ? [{ type: 'key-pressed', at, legId: event.data.legId, key: event.data.key }]
        : [];
    case 'ConversationChanged':
    case 'LegEnded':
    case 'CallEnded':
      return [{ type: 'conversation-changed', at }];
    default:
      return [];
  }
};
