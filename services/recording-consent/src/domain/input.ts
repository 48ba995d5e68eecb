import type { CallEvent, Facts, Instant, RecordingSetting } from '@earshot/contracts';

/** Setting of a line as it stands, with the sequence of its commit; null: nothing is set. */
export type LineSetting = { readonly setting: RecordingSetting; readonly version: number } | null;

/** What recording-consent decides on. `at` is when the cause happened at the switch. */
export type Input =
  | {
      readonly type: 'call-started';
      readonly at: Instant;
      readonly call: Facts['CallStarted'];
      readonly lineSetting: LineSetting;
    }
  | {
      readonly type: 'key-pressed';
      readonly at: Instant;
      readonly legId: string;
      readonly key: string | null;
      readonly windowId: string | null;
    }
  | { readonly type: 'conversation-changed'; readonly at: Instant }
  /** What it says happened at the switch some time after what is known of the call. */
  | { readonly type: 'commit-unreadable' };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, settingOf: (lineId: string) => LineSetting): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'CallStarted':
      return [
        {
          type: 'call-started',
          at,
          call: event.data,
          lineSetting: event.data.line && settingOf(event.data.line.id),
        },
      ];
    case 'KeyPressed': {
      const { legId, key, awaitedBy, windowId } = event.data;
      return awaitedBy === 'consent' ? [{ type: 'key-pressed', at, legId, key, windowId }] : [];
    }
    case 'ConversationChanged':
    case 'LegEnded':
    case 'CallEnded':
      return [{ type: 'conversation-changed', at }];
    default:
      return [];
  }
};
