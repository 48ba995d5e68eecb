import type { CallEvent, Facts, Instant, RecordingSetting } from '@earshot/contracts';

/** Setting of a line as it stands, with the sequence of its commit; null: nothing is set. */
export type LineSetting = { readonly setting: RecordingSetting; readonly version: number } | null;

/** What recording-consent decides on. `at` is when the cause happened at the switch. */
export type Input =
  | { readonly type: 'call-started'; readonly at: Instant; readonly call: Facts['CallStarted']; readonly lineSetting: LineSetting }
  | { readonly type: 'key-pressed'; readonly at: Instant; readonly legId: string; readonly key: string | null }
  | { readonly type: 'parties-connected'; readonly at: Instant }
  | { readonly type: 'leg-ended'; readonly at: Instant }
  | { readonly type: 'call-ended'; readonly at: Instant };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, settingOf: (lineId: string) => LineSetting): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'CallStarted':
      return [{ type: 'call-started', at, call: event.data, lineSetting: event.data.line && settingOf(event.data.line.id) }];
    case 'KeyPressed':
      return event.data.awaitedBy === 'consent' ? [{ type: 'key-pressed', at, legId: event.data.legId, key: event.data.key }] : [];
    case 'PartiesConnected':
      return [{ type: 'parties-connected', at }];
    case 'LegEnded':
      return [{ type: 'leg-ended', at }];
    case 'CallEnded':
      return [{ type: 'call-ended', at }];
    default:
      return [];
  }
};
