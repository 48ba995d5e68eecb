import type { CallEvent, Facts, Instant, RecordingSetting } from '@earshot/contracts';

/** Setting of a line as it stands, with the sequence of its commit; null: nothing is set. */
export type LineSetting = { readonly setting: RecordingSetting; readonly version: number } | null;

/** What recording-consent decides on. `at` is when the cause happened at the switch. */
export type Input =
  | { readonly input: 'call-started'; readonly at: Instant; readonly call: Facts['CallStarted']; readonly lineSetting: LineSetting }
  | { readonly input: 'key-pressed'; readonly at: Instant; readonly legId: string; readonly key: string | null }
  | { readonly input: 'parties-connected'; readonly at: Instant }
  | { readonly input: 'leg-ended'; readonly at: Instant }
  | { readonly input: 'call-ended'; readonly at: Instant };

/** The inputs that an event of the log leads to; usually none. */
export const inputsOf = (event: CallEvent, settingOf: (lineId: string) => LineSetting): readonly Input[] => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'CallStarted':
      return [{ input: 'call-started', at, call: event.data, lineSetting: event.data.line && settingOf(event.data.line.id) }];
    case 'KeyPressed':
      return event.data.awaitedBy === 'consent' ? [{ input: 'key-pressed', at, legId: event.data.legId, key: event.data.key }] : [];
    case 'PartiesConnected':
      return [{ input: 'parties-connected', at }];
    case 'LegEnded':
      return [{ input: 'leg-ended', at }];
    case 'CallEnded':
      return [{ input: 'call-ended', at }];
    default:
      return [];
  }
};
