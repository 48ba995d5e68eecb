import type { CallEvent, CallId, Causation, Writer } from '@earshot/contracts';
import type { Context } from '@opentelemetry/api';
import { ConflictError, type EventLog } from '../event-log.ts';
import { ignore, type Decision } from '../decider.ts';
import type { DecisionService, IgnoredInput } from '../decision-runtime.ts';
import { isAfter, type CallEntry, type CallStates } from './call-states.ts';
import { commitIdOf } from './commit-id.ts';
import { backoff, type Timing } from './timing.ts';
import { inputTypeOf, observed } from './tracing.ts';

/** How often a decision is made again because somebody else wrote in between. Each time somebody else made progress. */
const mostConflicts = 12;

/** One input that is to be decided on, with what it needs from around it. */
export interface ToDecide<Input> {
  readonly callId: CallId;
  readonly input: Input;
  readonly causation: Causation;
  /** Which of the inputs of its message this is; 0 for causes from outside. */
  readonly ordinal: number;
  readonly parent: Context;
  /** Commits of other writers count up to this sequence when the call has to be loaded. */
  readonly othersUpTo: number;
  /** False: the call's partition belongs to another process, so nothing about it can be kept in memory. */
  readonly keep: boolean;
}

/** Load, decide, append, and once more on a conflict: the part of the loop that concerns one call. */
export class CallDecisions<State, Input, W extends Writer> {
  readonly #service: DecisionService<State, Input, W>;
  readonly #log: EventLog;
  readonly #states: CallStates<State, Input>;
  readonly #timing: Timing;
  readonly #onIgnored: (ignored: IgnoredInput) => void;

  constructor(
    service: DecisionService<State, Input, W>,
    log: EventLog,
    states: CallStates<State, Input>,
    timing: Timing,
    onIgnored: (ignored: IgnoredInput) => void = () => {},
  ) {
    this.#service = service;
    this.#log = log;
    this.#states = states;
    this.#timing = timing;
    this.#onIgnored = onIgnored;
  }

  /** @throws what the decider throws, ConflictError after many conflicts, LogUnavailableError */
  decide(what: ToDecide<Input>): Promise<Decision> {
    const { callId, parent, input } = what;
    return observed({ service: this.#service.writer, callId, inputType: inputTypeOf(input), parent }, () =>
      this.#tryUntilStored(what),
    );
  }

  async #tryUntilStored(what: ToDecide<Input>): Promise<Decision> {
    const { callId, causation, ordinal } = what;
    const id = commitIdOf(callId, this.#service.writer, causation, ordinal);
    for (let conflicts = 0; ; conflicts += 1) {
      const entry = what.keep
        ? await this.#states.get(callId, what.othersUpTo)
        : await this.#states.load(callId, Infinity);
      const before = this.#decidedBefore(id, what, entry);
      if (before) return before;
      const decision = this.#service.decider.decide(entry.state, what.input);
      if (decision.outcome === 'ignored') {
        const { id: cause, sequence } = causation;
        this.#onIgnored({
          service: this.#service.writer,
          callId,
          input: inputTypeOf(what.input),
          because: decision.because,
          cause,
          sequence,
        });
        return decision;
      }
      try {
        const commit = await this.#log.append({
          callId,
          writer: this.#service.writer,
          id,
          causation,
          expectedSequence: entry.version,
          events: decision.events,
        });
        if (this.#states.take(callId, entry, commit) && what.keep)
          this.#service.onState?.(callId, entry.state);
        // Not what was decided here, if another process has stored its decision on the same first.
        return storedBefore(commit.events) ?? decision;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        this.#states.forget(callId);
        if (conflicts >= mostConflicts) throw error;
        // On a cluster what was read may be a moment older than what the append met.
        if (conflicts > 0) await this.#timing.pause(backoff(conflicts, 5, 200));
      }
    }
  }

  #decidedBefore(id: string, what: ToDecide<Input>, entry: CallEntry<State>): Decision | undefined {
    const stored = storedBefore(entry.decided.get(id) ?? []);
    if (stored) return stored;
    const { source, sequence } = what.causation;
    if (source === 'CALLS' && sequence !== null && !isAfter(sequence, what.ordinal, entry))
      return ignore('decided_before');
    return undefined;
  }
}

const storedBefore = ([first, ...more]: readonly CallEvent[]): Decision | undefined =>
  first && { outcome: 'accepted', events: [first, ...more] };
