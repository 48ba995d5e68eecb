import type { CallEvent, SupervisionMode, Topology } from '@earshot/contracts';
import type { Span } from './hearing.ts';

/** Longest time from the switch's last operation until a phone has heard what was still on its way, in ms. */
export const onTheWayMs = 150;

/** A mode as the log tells it: from when the switch carried it until the next one was decided. */
export interface ModeSpan {
  readonly mode: SupervisionMode;
  /** When the log says that the mode was asked for. */
  readonly decidedAt: number;
  /** When the switch carried it, ms since 1970; Infinity when it was overtaken by the next. */
  readonly appliedAt: number;
}

const time = (event: CallEvent): number => Date.parse(event.occurredAt);

const isMode = (
  event: CallEvent,
): event is Extract<CallEvent, { type: 'SupervisionStarted' | 'SupervisionModeChanged' }> =>
  event.type === 'SupervisionStarted' || event.type === 'SupervisionModeChanged';

/** The mode that a topology means for a supervisor of a call between l1 and l2. */
const modeOf = (pairs: Topology, supervisor: string, customer: string): SupervisionMode | undefined => {
  const hearsThem = pairs.filter(({ speaker }) => speaker === supervisor).map(({ listener }) => listener);
  if (!pairs.some(({ listener }) => listener === supervisor)) return undefined;
  if (hearsThem.includes(customer)) return 'barge';
  return hearsThem.length > 0 ? 'whisper' : 'spy';
};

/** Every mode of the one supervision of a call, in the order in which they were decided. */
export const modeHistory = (events: readonly CallEvent[]): readonly ModeSpan[] => {
  const changes = events.flatMap((event, place) => (isMode(event) ? [{ event, place }] : []));
  const started = changes.find(({ event }) => event.type === 'SupervisionStarted')?.event;
  if (started?.type !== 'SupervisionStarted') return [];
  const { legId } = started.data;
  const customer = `${started.callId}-l1`;
  return changes.map(({ event, place }, index) => {
    const until = changes[index + 1]?.place ?? events.length;
    const decided = events
      .slice(place, until)
      .flatMap((each) => (each.type === 'TopologyChanged' ? [each.data.topologyId] : []));
    const applied = events.find(
      (each) =>
        each.type === 'TopologyApplied' &&
        each.data.outcome === 'done' &&
        decided.includes(each.data.topologyId) &&
        modeOf(each.data.pairs ?? [], legId, customer) === event.data.mode,
    );
    return { mode: event.data.mode, decidedAt: time(event), appliedAt: applied ? time(applied) : Infinity };
  });
};

/**
 * The spans in which the customer may hear the supervisor: from the press of the key that led to barge until the switch
 * carried a later mode that is not barge, and what was on its way was heard.
 * @param pressedAt when the key that led to each mode went down, beginning with the second mode; ms since 1970
 */
export const bargeSpans = (
  history: readonly ModeSpan[],
  pressedAt: readonly number[],
  endedAt: number,
): readonly Span[] =>
  history.flatMap(({ mode }, index) => {
    if (mode !== 'barge') return [];
    const later = history.slice(index + 1);
    const leftBy = later.find((each) => each.mode !== 'barge' && each.appliedAt !== Infinity)?.appliedAt;
    return [{ from: pressedAt[index - 1] ?? Infinity, to: (leftBy ?? endedAt) + onTheWayMs }];
  });
