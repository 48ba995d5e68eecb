import type { CallEvent, Facts, Instant } from '@earshot/contracts';
import type { Permissions } from './permission.ts';

/** What supervision decides on. `at` is when the cause happened; permissions are the settings as they stand then. */
export type Input =
  | { readonly type: 'supervision-requested'; readonly at: Instant; readonly request: Facts['SupervisionRequested']; readonly permissions: Permissions }
  | { readonly type: 'key-pressed'; readonly at: Instant; readonly legId: string; readonly key: string | null }
  | { readonly type: 'conversation-changed'; readonly at: Instant }
  | { readonly type: 'settings-changed'; readonly at: Instant; readonly permissions: Permissions };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, permissions: () => Permissions): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'SupervisionRequested':
      return [{ type: 'supervision-requested', at, request: event.data, permissions: permissions() }];
    case 'KeyPressed':
      return event.data.awaitedBy === 'supervision' ? [{ type: 'key-pressed', at, legId: event.data.legId, key: event.data.key }] : [];
    case 'ConversationChanged':
    case 'LegEnded':
    case 'CallEnded':
      return [{ type: 'conversation-changed', at }];
    default:
      return [];
  }
};
