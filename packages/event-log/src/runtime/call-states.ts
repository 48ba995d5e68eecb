import {
  parseCallSubject,
  partitionOf,
  writers,
  type CallEvent,
  type CallId,
  type Writer,
} from '@earshot/contracts';
import { isUnreadable, type EventLog, type Commit, type UnreadableMessage } from '../event-log.ts';
import type { Decider } from '../decider.ts';
import type { DecisionService } from '../decision-runtime.ts';
import { ordinalIn } from './commit-id.ts';
import { refuseTooNew } from './too-new.ts';

/** One call as it stands in memory. */
export interface CallEntry<State> {
  readonly partition: number;
  state: State;
  /** Sequence of our own last commit; 0: none. */
  version: number;
  /** Sequence of the last commit folded, by writer. */
  readonly folded: Record<Writer, number>;
  /** The last message of CALLS that a commit of ours was decided on, and which of its inputs. */
  lastCause: number;
  lastOrdinal: number;
  /** Our own commits by id: what was decided once is not decided again. */
  readonly decided: Map<string, readonly CallEvent[]>;
  /** Messages of this call that cannot be read, by place. */
  readonly unreadable: Map<number, UnreadableMessage>;
}

/** Calls that are over stay this many deep, because their last messages are still on the way back to us. */
const overCallsKept = 2000;

type Hooks<State, Input> = Pick<
  DecisionService<State, Input, Writer>,
  'onLoaded' | 'onForgotten' | 'onUnreadable'
>;

/** The states of calls, folded from the log once and kept while the call lives. */
export class CallStates<State, Input> {
  readonly #log: EventLog;
  readonly #writer: Writer;
  readonly #decider: Decider<State, Input>;
  readonly #hooks: Hooks<State, Input>;
  readonly #entries = new Map<CallId, CallEntry<State>>();
  readonly #over = new Set<CallId>();
  /** Those that are not over, by partition: kept as they open and end, because checkpoints name them twice a second. */
  readonly #open = new Map<number, Set<CallId>>();

  constructor(
    log: EventLog,
    writer: Writer,
    decider: Decider<State, Input>,
    hooks: Hooks<State, Input> = {},
  ) {
    this.#log = log;
    this.#writer = writer;
    this.#decider = decider;
    this.#hooks = hooks;
  }

  /** The call as it stands in memory, if it does. */
  cached(callId: CallId): CallEntry<State> | undefined {
    return this.#entries.get(callId);
  }

  /** The call from memory, or else from the log and then kept. */
  async get(callId: CallId, othersUpTo: number): Promise<CallEntry<State>> {
    const known = this.#entries.get(callId);
    if (known) return known;
    const entry = await this.load(callId, othersUpTo);
    this.#entries.set(callId, entry);
    this.#noteOver(callId, entry);
    this.#hooks.onLoaded?.(callId, entry.state);
    for (const message of entry.unreadable.values()) this.#hooks.onUnreadable?.(callId, message);
    return entry;
  }

  /**
   * The call from the log: all of our own commits, and those of the other writers that precede what is being handled.
   * @param othersUpTo sequence up to which other writers' commits count
   */
  async load(callId: CallId, othersUpTo: number): Promise<CallEntry<State>> {
    const entry = this.#empty(callId);
    for (const message of await this.#log.read(callId, writers)) {
      if (isUnreadable(message)) this.meet(entry, message);
      else if (message.writer === this.#writer || message.sequence <= othersUpTo) this.#fold(entry, message);
    }
    return entry;
  }

  /**
   * Takes note of a message of a call that cannot be read: what is decided next is based on the place after it.
   * @returns whether it was not known before
   * @throws ServiceTooOldError
   */
  meet(entry: CallEntry<State>, message: UnreadableMessage): boolean {
    refuseTooNew(this.#writer, message);
    const writer = parseCallSubject(message.subject)?.writer;
    if (writer === this.#writer) entry.version = Math.max(entry.version, message.sequence);
    if (entry.unreadable.has(message.sequence)) return false;
    entry.unreadable.set(message.sequence, message);
    return true;
  }

  /** Folds a commit into a call unless it was folded before. @returns whether the state moved on */
  take(callId: CallId, entry: CallEntry<State>, commit: Commit): boolean {
    if (commit.sequence <= entry.folded[commit.writer]) return false;
    this.#fold(entry, commit);
    this.#noteOver(callId, entry);
    return true;
  }

  /** Forgets a call, so that it is read from the log when it is needed next. */
  forget(callId: CallId): void {
    this.#over.delete(callId);
    const known = this.#entries.get(callId);
    if (!known) return;
    this.#open.get(known.partition)?.delete(callId);
    this.#entries.delete(callId);
    this.#hooks.onForgotten?.(callId);
  }

  /** Calls in memory that are not over. */
  *live(): Generator<readonly [CallId, CallEntry<State>]> {
    for (const calls of this.#open.values())
      for (const callId of calls) {
        const entry = this.#entries.get(callId);
        if (entry) yield [callId, entry];
      }
  }

  /** Calls of a partition in memory that are not over; costs what that partition holds. */
  openIn(partition: number): readonly CallId[] {
    return [...(this.#open.get(partition) ?? [])];
  }

  /** Forgets all calls of a partition. */
  forgetPartition(partition: number): void {
    for (const [callId, entry] of [...this.#entries]) if (entry.partition === partition) this.forget(callId);
  }

  #empty(callId: CallId): CallEntry<State> {
    return {
      partition: partitionOf(callId),
      state: this.#decider.initialState(),
      version: 0,
      folded: { signaling: 0, supervision: 0, 'recording-consent': 0 },
      lastCause: 0,
      lastOrdinal: 0,
      decided: new Map(),
      unreadable: new Map(),
    };
  }

  #fold(entry: CallEntry<State>, commit: Commit): void {
    // Marked first: a commit that cannot be folded becomes one dead letter and not tried again with each later message.
    entry.folded[commit.writer] = commit.sequence;
    if (commit.writer === this.#writer) this.#remember(entry, commit);
    let state = entry.state;
    for (const event of commit.events) state = this.#decider.evolve(state, event);
    entry.state = state;
  }

  #remember(entry: CallEntry<State>, commit: Commit): void {
    entry.version = commit.sequence;
    entry.decided.set(commit.id, commit.events);
    const first = commit.events[0];
    if (first?.causation.source !== 'CALLS' || first.causation.sequence === null) return;
    const ordinal = ordinalIn(commit.id, commit.callId, this.#writer, first.causation);
    if (!isAfter(first.causation.sequence, ordinal, entry)) return;
    entry.lastCause = first.causation.sequence;
    entry.lastOrdinal = ordinal;
  }

  #noteOver(callId: CallId, entry: CallEntry<State>): void {
    const open = this.#open.get(entry.partition) ?? new Set();
    this.#open.set(entry.partition, open);
    if (!this.#decider.isOver(entry.state)) {
      this.#over.delete(callId);
      open.add(callId);
      return;
    }
    this.#over.add(callId);
    open.delete(callId);
    if (this.#over.size <= overCallsKept) return;
    for (const oldest of this.#over) {
      this.forget(oldest);
      return;
    }
  }
}

/** True when an input of a message comes after the last one that a commit of ours was decided on. */
export const isAfter = (
  sequence: number,
  ordinal: number,
  entry: Pick<CallEntry<unknown>, 'lastCause' | 'lastOrdinal'>,
): boolean => sequence > entry.lastCause || (sequence === entry.lastCause && ordinal > entry.lastOrdinal);
