import { parseCallSubject, partitionOf, switchOf, type CallId, type Writer } from '@earshot/contracts';
import { context } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  LogUnavailableError,
  isUnreadable,
  type EventLog,
  type Commit,
  type UnreadableMessage,
} from '../event-log.ts';
import { SameNameError, type Coordination, type Mastership, type PartitionLease } from '../coordination.ts';
import type { Decision } from '../decider.ts';
import type { DecisionRuntime, DecisionService, IgnoredInput, OutsideCause } from '../decision-runtime.ts';
import { CallStates, isAfter, type CallEntry } from './call-states.ts';
import { commitIdOf, ordinalOf } from './commit-id.ts';
import { CallDecisions } from './decide-call.ts';
import { Inbox } from './inbox.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { everyPartition } from './partition-share.ts';
import { DeadLetterOffice, aboutCommit, stderrAlarm, type Alarm } from './dead-letters.ts';
import { backoff, processTiming, type Timing } from './timing.ts';
import { ServiceTooOldError, refuseTooNew } from './too-new.ts';
import { parentOf } from './tracing.ts';

export interface DecisionOptions<State, Input, W extends Writer> {
  readonly service: DecisionService<State, Input, W>;
  readonly log: EventLog;
  readonly coordination: Coordination;
  /**
   * Name of this process among those of its service; default: a new one each time. A process that comes back under the
   * same name takes its share over at once, also when it was killed; if the one before still lives, the new one fails.
   */
  readonly owner?: string;
  /**
   * Instead of a share of all calls: all calls of one switch, for as long as this runtime lives. It follows the log through
   * every outage with its states in memory. The mastership stays the caller's: who has lost it ends the runtime.
   */
  readonly mastership?: Mastership;
  /** Number of the switch that the mastership is of. */
  readonly switch?: number;
  /** Most messages of the inbox that are under way at once; default 256. */
  readonly inFlight?: number;
  /** Where alarms go; default: one line of JSON on stderr. */
  readonly alarm?: (alarm: Alarm) => void;
  /** Told every input that the decider ignored; after a restart some of them again. Services write it to their log. */
  readonly onIgnored?: (ignored: IgnoredInput) => void;
  readonly timing?: Timing;
}

/**
 * The one imperative loop of a service: next message in order, load, decide, append, go on; the checkpoint follows.
 * Resolves when everything that stood in the log for this process's share has been handled.
 */
export const runDecisions = async <State, Input, W extends Writer>(
  options: DecisionOptions<State, Input, W>,
): Promise<DecisionRuntime<State, Input>> => {
  if ((options.mastership === undefined) !== (options.switch === undefined)) {
    throw new TypeError('A mastership is of a switch: give both, or neither.');
  }
  const lease = options.mastership
    ? everyPartition
    : await options.coordination.leases.join(options.service.writer, options.owner ?? randomUUID());
  const running = new Decisions(options, lease);
  await running.start();
  return running;
};

interface InputOfCommit<Input> {
  readonly input: Input;
  readonly event: number;
  readonly place: number;
}

class Decisions<State, Input, W extends Writer> implements DecisionRuntime<State, Input> {
  readonly #service: DecisionService<State, Input, W>;
  readonly #deadLetters: DeadLetterOffice;
  readonly #lease: PartitionLease;
  readonly #timing: Timing;
  readonly #alarm: (alarm: Alarm) => void;
  readonly #queue: KeyedQueue;
  readonly #states: CallStates<State, Input>;
  readonly #calls: CallDecisions<State, Input, W>;
  readonly #inbox: Inbox;
  readonly #switch: number | undefined;
  readonly #mastership: Pick<Mastership, 'holds'> | undefined;
  readonly #failure = Promise.withResolvers<never>();
  #isDisposed = false;
  readonly #closing = new AbortController();

  constructor(options: DecisionOptions<State, Input, W>, lease: PartitionLease) {
    const timing = options.timing ?? processTiming;
    const alarm = options.alarm ?? stderrAlarm;
    const { service } = options;
    this.#service = service;
    this.#deadLetters = new DeadLetterOffice(
      service.writer,
      options.coordination.deadLetters,
      alarm,
      timing,
      this.#closing.signal,
    );
    this.#lease = lease;
    lease.failed.catch((error: unknown) => this.#isEnd(error));
    this.#timing = timing;
    this.#alarm = alarm;
    this.#switch = options.switch;
    this.#mastership = options.mastership;
    this.#queue = new KeyedQueue(options.inFlight ?? 256);
    this.#states = new CallStates(options.log, service.writer, service.decider, service);
    this.#calls = new CallDecisions(service, options.log, this.#states, timing, options.onIgnored);
    this.#inbox = new Inbox({
      service: options.switch === undefined ? service.writer : `${service.writer}.${options.switch}`,
      switch: options.switch,
      log: options.log,
      lease,
      checkpoints: options.coordination.checkpoints,
      timing,
      handle: (message, finish) => {
        this.#enqueue(message, finish);
      },
      room: () => (this.#queue.full ? this.#queue.room() : undefined),
      opened: (partition, calls, sequence) => this.#open(partition, calls, sequence),
      closed: (partition) => {
        this.#states.forgetPartition(partition);
      },
      openCalls: (partition) => this.#states.openIn(partition),
      problem: (what, error) => {
        alarm({ service: service.writer, what, error });
      },
    });
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  async start(): Promise<void> {
    await Promise.race([this.#inbox.start(), this.failed]);
    await Promise.race([this.#queue.settled(), this.failed]);
  }

  decide(callId: CallId, input: Input, cause: OutsideCause): Promise<Decision> {
    const keep = this.#owns(callId);
    const causation = { source: cause.source, id: cause.id, sequence: cause.sequence ?? null };
    const othersUpTo = this.#inbox.receivedUpTo(partitionOf(callId));
    const parent = parentOf(context.active(), callId);
    return this.#inTurn(callId, async () => {
      if (this.#closing.signal.aborted) throw new LogUnavailableError('This process no longer decides');
      for (let attempt = 1; ; attempt += 1) {
        const isRelieved = this.#mastership?.holds() === false;
        // What nobody told of is for the master to decide: another may have decided otherwise by now.
        if (isRelieved && cause.source === 'TIMER') throw new LogUnavailableError(notTheMaster);
        try {
          if (isRelieved && cause.byMaster) throw new LogUnavailableError(notTheMaster);
          return await this.#calls.decide({ callId, input, causation, ordinal: 0, parent, othersUpTo, keep });
        } catch (error) {
          if (this.#isEnd(error)) throw error;
          if (!isPassing(error))
            await this.#deadLetters.setAside({
              callId,
              sequence: null,
              cause: commitIdOf(callId, this.#service.writer, causation),
              error,
            });
          if (!isPassing(error) || cause.source === 'API' || this.#closing.signal.aborted) throw error;
          this.#alarm({ service: this.#service.writer, what: 'a decision waits', callId, error });
          await this.#timing.pause(backoff(attempt, 100, 2000), this.#closing.signal);
        }
      }
    });
  }

  async stateOf(callId: CallId): Promise<State> {
    const known = this.#owns(callId) ? this.#states.cached(callId) : undefined;
    return (known ?? (await this.#states.load(callId, Infinity))).state;
  }

  liveCalls(): readonly { readonly callId: CallId; readonly state: State }[] {
    return [...this.#states.live()].map(([callId, { state }]) => ({ callId, state }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#closing.abort();
    await this.#inbox.stop();
    await this.#queue.settled();
    await this.#inbox.save();
    await this.#lease[Symbol.asyncDispose]();
  }

  #inTurn<T>(callId: CallId, task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.run(callId, () => task().then(resolve, reject));
    });
  }

  #enqueue(message: Commit | UnreadableMessage, finish: () => void): void {
    if (isUnreadable(message)) {
      const callId = parseCallSubject(message.subject)?.callId ?? null;
      this.#queue.run(callId ?? message.subject, () => this.#handleUnreadable(message, callId, finish));
      return;
    }
    this.#queue.run(message.callId, () => {
      // Once something too new was met nothing is handled any more, so that nothing is decided without it.
      if (this.#closing.signal.aborted) return undefined;
      try {
        // Most messages lead to nothing but a fold: those are done here, without a promise.
        const entry = this.#states.cached(message.callId);
        if (entry && this.#take(entry, message).length === 0) {
          finish();
          return undefined;
        }
      } catch (error) {
        return this.#deadLetters.setAsideThen(aboutCommit(message, error), finish);
      }
      return this.#handle(message, finish);
    });
  }

  async #handleUnreadable(
    message: UnreadableMessage,
    callId: CallId | null,
    finish: () => void,
  ): Promise<void> {
    const about = {
      callId,
      sequence: message.sequence,
      cause: `${message.sequence}`,
      error: message.problem,
    };
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        refuseTooNew(this.#service.writer, message);
        const known = callId && this.#states.cached(callId);
        if (known && this.#states.meet(known, message)) this.#service.onUnreadable?.(callId, message);
        else if (callId) await this.#states.get(callId, message.sequence);
        return await this.#deadLetters.setAsideThen(about, finish);
      } catch (error) {
        if (this.#isEnd(error)) return undefined;
        if (!isPassing(error)) return this.#deadLetters.setAsideThen(about, finish);
        await this.#timing.pause(backoff(attempt, 100, 2000), this.#closing.signal);
      }
    }
    return undefined;
  }

  /** True when it is the end of this process, which then handles nothing more. */
  #isEnd(error: unknown): boolean {
    const what =
      error instanceof ServiceTooOldError
        ? 'the log is too new for this program'
        : error instanceof SameNameError && 'another process has the name of this one';
    if (!what) return false;
    this.#alarm({ service: this.#service.writer, what, error });
    this.#closing.abort();
    this.#failure.reject(error);
    void this.#inbox.stop();
    return true;
  }

  /** Folds a commit into its call. @returns the inputs it leads to */
  #take(entry: CallEntry<State>, commit: Commit): readonly InputOfCommit<Input>[] {
    const { callId } = commit;
    const hasMoved = this.#states.take(callId, entry, commit);
    // What follows from the state belongs to the trace of what changed it.
    if (hasMoved && this.#service.onState)
      context.with(parentOf(commit.trace, callId), () => this.#service.onState?.(callId, entry.state));
    return this.#inputsOf(entry, commit);
  }

  #inputsOf(entry: CallEntry<State>, commit: Commit): readonly InputOfCommit<Input>[] {
    if (commit.sequence < entry.lastCause) return [];
    return commit.events.flatMap((event, index) =>
      this.#service.inputsOf(event, entry.state).map((input, place) => ({ input, event: index, place })),
    );
  }

  async #handle(commit: Commit, finish: () => void): Promise<void> {
    // A message that is given up here is left to whoever owns the partition next.
    for (let attempt = 1; this.#mine(commit.callId); attempt += 1) {
      try {
        await this.#decideOn(commit);
        finish();
        return undefined;
      } catch (error) {
        if (this.#isEnd(error)) return undefined;
        if (!isPassing(error)) return this.#deadLetters.setAsideThen(aboutCommit(commit, error), finish);
        if (attempt > 1)
          this.#alarm({
            service: this.#service.writer,
            what: 'a decision waits',
            callId: commit.callId,
            sequence: commit.sequence,
            error,
          });
        await this.#timing.pause(backoff(attempt, 100, 2000), this.#closing.signal);
      }
    }
    return undefined;
  }

  async #decideOn(commit: Commit): Promise<void> {
    const { callId, sequence } = commit;
    const entry = await this.#states.get(callId, sequence);
    for (const { input, event, place } of this.#take(entry, commit)) {
      const ordinal = ordinalOf({ event, input: place });
      const now = this.#states.cached(callId);
      if (now && !isAfter(sequence, ordinal, now)) continue;
      const causation = { source: 'CALLS', id: commit.events[event]?.id ?? commit.id, sequence } as const;
      await this.#calls.decide({
        callId,
        input,
        causation,
        ordinal,
        parent: parentOf(commit.trace, callId),
        othersUpTo: sequence,
        keep: true,
      });
    }
  }

  #mine(callId: CallId): boolean {
    return !this.#closing.signal.aborted && this.#owns(callId);
  }

  #owns(callId: CallId): boolean {
    return (
      this.#inbox.owns(partitionOf(callId)) &&
      (this.#switch === undefined || this.#switch === switchOf(callId))
    );
  }

  async #open(partition: number, calls: readonly CallId[], sequence: number): Promise<void> {
    // What is still in memory from an earlier time with this partition has missed what came since.
    this.#states.forgetPartition(partition);
    const waiting = [...calls];
    const loadNext = async (): Promise<void> => {
      for (let callId = waiting.pop(); callId; callId = waiting.pop()) await this.#openCall(callId, sequence);
    };
    await Promise.all(Array.from({ length: Math.min(8, waiting.length) }, loadNext));
  }

  async #openCall(callId: CallId, sequence: number): Promise<void> {
    try {
      await this.#states.get(callId, sequence);
    } catch (error) {
      if (isPassing(error) || this.#isEnd(error)) throw error;
      this.#alarm({ service: this.#service.writer, what: 'an open call cannot be read', callId, error });
    }
  }
}

const notTheMaster = 'This process is not the master now';

/** Difficulties that pass: the same decision may be tried again later. */
const isPassing = (error: unknown): boolean =>
  error instanceof ConflictError || error instanceof LogUnavailableError;
