import type { CallEvent, Facts, Instant } from '@earshot/contracts';
import type { Permissions } from './permission.ts';

/** What supervision decides on. `at` is when the cause happened; permissions are the settings as they stand then. */
export type Input =
  | { readonly input: 'supervision-requested'; readonly at: Instant; readonly request: Facts['SupervisionRequested']; readonly permissions: Permissions }
  | { readonly input: 'key-pressed'; readonly at: Instant; readonly legId: string; readonly key: string | null }
  | { readonly input: 'parties-connected'; readonly at: Instant }
  | { readonly input: 'somebody-left'; readonly at: Instant }
  | { readonly input: 'settings-changed'; readonly at: Instant; readonly permissions: Permissions };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, permissions: Permissions): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'SupervisionRequested':
      return [{ input: 'supervision-requested', at, request: event.data, permissions }];
    case 'KeyPressed':
      return event.data.awaitedBy === 'supervision' ? [{ input: 'key-pressed', at, legId: event.data.legId, key: event.data.key }] : [];
    case 'PartiesConnected':
      return [{ input: 'parties-connected', at }];
    case 'LegEnded':
    case 'CallEnded':
      return [{ input: 'somebody-left', at }];
    default:
      return [];
  }
};
