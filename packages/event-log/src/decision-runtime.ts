import type { CallEvent, CallId, Writer } from '@earshot/contracts';
import type { Decider, Decision } from './decider.ts';
import type { EventsOf, UnreadableMessage } from './event-log.ts';

/** What came from outside the log and shall be decided on: a switch report, an API request, a timer, a changed setting. */
export interface OutsideCause {
  readonly source: 'SWITCH' | 'API' | 'TIMER' | 'SETTINGS';
  /** Unique for the cause: the same report decided twice has the same id. */
  readonly id: string;
  readonly sequence?: number;
  /** What follows rests on more than its own call: it waits until this process is the master again, as another may know better. */
  readonly byMaster?: boolean;
}

/** An input that nothing follows from, by name: for the service's log. Holds no personal data. */
export interface IgnoredInput {
  readonly service: Writer;
  readonly callId: CallId;
  /** Type of the input, e.g. `key-pressed`. */
  readonly input: string;
  /** The decider's reason, e.g. `same_mode`. */
  readonly because: string;
  /** Id of what caused it; the event's own where that stands in the log. */
  readonly cause: string;
  /** Place of the cause in the log; null when it came from outside. */
  readonly sequence: number | null;
}

/**
 * One service's table of contents: which log it reads, what it decides with, what follows from an event. What its
 * decider cannot name it cannot write.
 */
export interface DecisionService<State, Input, W extends Writer> {
  readonly writer: W;
  readonly decider: Decider<State, Input, EventsOf<W>>;
  /** Inputs that an event of the log leads to, in order; usually none. Settings and the like are added here. */
  inputsOf(event: CallEvent, state: State): readonly Input[];
  /** Called after a call's state has moved on, by an own commit or by one from the log; must not block. */
  onState?(callId: CallId, state: State): void;
  /** Called after a call was read from the log to be kept in memory, with what was known then; must not block. */
  onLoaded?(callId: CallId, state: State): void;
  /** Called after a call left the memory: it is over, belongs to another process, or is read anew when it is needed next. */
  onForgotten?(callId: CallId): void;
  /**
   * Called when a call in memory is found to have a message that cannot be read, after a restart again, before `onState`:
   * whoever needs the call for a promise behaves from now on as if the message forbade. Must not block.
   */
  onUnreadable?(callId: CallId, message: UnreadableMessage): void;
}

/** A running decision service: the inbox on one side, `decide` for causes from outside on the other. */
export interface DecisionRuntime<State, Input> extends AsyncDisposable {
  /** Decides on an outside input; inputs of one call are taken one at a time, in the order of the calls to this function. */
  decide(callId: CallId, input: Input, cause: OutsideCause): Promise<Decision>;
  /** State of a call, loaded when it is not in memory. */
  stateOf(callId: CallId): Promise<State>;
  /**
   * Rejects, with a sentence that says what to do, when the log holds an event that is too new for this program. Nothing
   * after it is handled, and the checkpoint stays before it: the process must end. So it must when another living process has
   * its name.
   */
  readonly failed: Promise<never>;
  /** Calls of the owned partitions that are not over, with their states. */
  liveCalls(): readonly { readonly callId: CallId; readonly state: State }[];
}
