import type { CallEvent, EventType, NewEvent, Writer } from '@earshot/contracts';
import type { Decider } from '@earshot/event-log';

/** What came of playing a log to a decider. */
export interface Played<State, E extends EventType> {
  readonly state: State;
  /** Every event decided, in order. */
  readonly decided: readonly NewEvent<E>[];
  /** One entry per input: what was decided on it, or why nothing. */
  readonly outcomes: readonly {
    readonly cause: CallEvent;
    readonly decided: readonly NewEvent<E>[];
    readonly ignored: string | null;
  }[];
  /** The log with the decisions in it, as any reader would find it. */
  readonly log: readonly CallEvent[];
}

/**
 * Plays the commits of other writers to a decider, as the runtime does: each is folded whole, what it leads
 * to is decided, and what is decided is folded too.
 */
export const play = <State, Input, E extends EventType>(
  decider: Decider<State, Input, E>,
  writer: Writer,
  inputsOf: (event: CallEvent, state: State) => readonly Input[],
  events: readonly CallEvent[],
): Played<State, E> => {
  let state = decider.initialState();
  const log: CallEvent[] = [];
  const outcomes: Played<State, E>['outcomes'][number][] = [];
  const takeIn = (event: CallEvent) => {
    log.push(event);
    state = decider.evolve(state, event);
  };
  for (const commit of commitsOf(events)) {
    commit.forEach(takeIn);
    for (const [cause, input] of commit.flatMap((event) =>
      inputsOf(event, state).map((each) => [event, each] as const),
    )) {
      const decision = decider.decide(state, input);
      const decided = decision.outcome === 'accepted' ? decision.events : [];
      outcomes.push({ cause, decided, ignored: decision.outcome === 'ignored' ? decision.because : null });
      decided.forEach((event, index) => {
        takeIn(asRead<E>(event, cause, writer, index));
      });
    }
  }
  return { state, decided: outcomes.flatMap(({ decided }) => decided), outcomes, log };
};

const commitsOf = (events: readonly CallEvent[]): readonly (readonly CallEvent[])[] => [
  ...Map.groupBy(events, ({ sequence }) => sequence).values(),
];

/** A decided event as it would be read back; its place in the log is only as good as its cause's. */
export const asRead = <E extends EventType>(
  event: NewEvent<E>,
  cause: CallEvent,
  writer: Writer,
  index: number,
): CallEvent =>
  ({
    ...event,
    id: `${cause.id}-${writer}-${index}`,
    callId: cause.callId,
    tenant: cause.tenant,
    recordedAt: event.occurredAt,
    causation: { source: 'CALLS', id: cause.id, sequence: cause.sequence },
    writer,
    sequence: cause.sequence,
    index,
  }) as unknown as CallEvent;
