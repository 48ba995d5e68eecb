import { parseCallSubject, type CallId, type Writer } from '@earshot/contracts';
import type { Checkpoints } from '../coordination.ts';
import { isUnreadable, type Commit, type EventLog, type UnreadableMessage } from '../event-log.ts';
import { believeCheckpoint } from './believe-checkpoint.ts';
import type { Alarm } from './dead-letters.ts';
import { backoff, type Timing } from './timing.ts';
import { refuseTooNew } from './too-new.ts';

/** How often a checkpoint follows, in ms: a restart takes in again what came since. */
const saveEveryMs = 10_000;
/** How often it is asked how long the log is, in ms. */
const askEveryMs = 500;
/** Longest wait for the answer, in ms; then it is asked anew. */
const answerWithinMs = 2_000;
/** Open calls that are read at once at the start. */
const readAtOnce = 16;

/** Who follows the calls, and what becomes of their messages. */
export interface CallsToFollow {
  readonly log: EventLog;
  readonly checkpoints: Checkpoints;
  readonly service: Writer;
  /** Tells its checkpoint from those of other followers in the service. Processes share it: a stale one costs a replay. */
  readonly name: string;
  readonly timing: Timing;
  /**
   * Takes one message of the log, in order and each once. At the start come those of the calls that were open at the
   * checkpoint, call by call, as far as the checkpoint. Must not block.
   */
  take(message: Commit | UnreadableMessage, callId: CallId | null): void;
  /** Everything up to this place has been taken, or concerns no call that was open there. */
  reached(sequence: number): void;
  /** Calls that have not ended, for the next checkpoint. */
  openCalls(): Iterable<CallId>;
  readonly alarm: (alarm: Alarm) => void;
}

/** Calls that are being followed. */
export interface FollowedCalls extends AsyncDisposable {
  /** Rejects, with a sentence that says what to do, when the log is too new for this program; nothing after it is taken. */
  readonly failed: Promise<never>;
  /** The latest moment (ms since 1970) for which it is known that everything stored by then was taken; null: there was none yet. */
  asOf(): number | null;
  /** Asks anew how long the log is, for who finds `asOf` too old: a busy process may ask late by itself. */
  ask(): Promise<void>;
}

/**
 * Follows all calls of the log, without a lease: every process that follows sees the same messages in the same order, and
 * decides nothing. A restart reads the calls that were open at the checkpoint, and goes on from there.
 * Resolves when everything that stood in the log has been taken.
 */
export const followCalls = async (options: CallsToFollow): Promise<FollowedCalls> => {
  await using opened = new AsyncDisposableStack();
  const following = opened.use(new Following(options));
  await following.start();
  opened.move();
  return following;
};

class Following implements FollowedCalls {
  readonly #options: CallsToFollow;
  readonly #closing = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  readonly #stops: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();
  #log = '';
  #reached = 0;
  #saved = 0;
  #asked: { readonly at: number; readonly last: number } | undefined;
  #asking: Promise<void> | undefined;
  #asOf: number | null = null;

  constructor(options: CallsToFollow) {
    this.#options = options;
    this.#failure.promise.catch(() => {});
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  asOf(): number | null {
    return this.#asOf;
  }

  async ask(): Promise<void> {
    // An answer that was not reached yet is waited for: a newer one would be reached later.
    if (!this.#asked) await (this.#asking ??= this.#askLog());
  }

  async start(): Promise<void> {
    const { log, timing } = this.#options;
    await Promise.race([this.#begin(), this.failed]);
    const { promise: caughtUp, resolve: onCaughtUp } = Promise.withResolvers<void>();
    const messages = log.follow({ after: this.#reached, signal: this.#closing.signal, onCaughtUp });
    this.#running = this.#run(messages).finally(onCaughtUp);
    this.#stops.push(
      timing.every(askEveryMs, () => void this.ask()),
      timing.every(saveEveryMs, () => void this.#save()),
    );
    await Promise.race([caughtUp, this.failed]);
    await this.ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#closing.abort();
    await this.#running;
    await this.#save();
  }

  async #begin(): Promise<void> {
    const { log, checkpoints, service, name, timing } = this.#options;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        const kept = await checkpoints.load(`${service}.${name}`, 0);
        this.#log = await log.identity();
        const { sequence, openCalls, doubt } = believeCheckpoint(kept, this.#log, await log.lastSequence());
        if (doubt !== undefined)
          this.#problem(`the checkpoint of ${name} is not believed; the log is read from its start`, doubt);
        const open = await this.#read(openCalls, sequence);
        for (const message of open) this.#take(message);
        this.#reach(sequence);
        this.#saved = sequence;
        return;
      } catch (error) {
        if (this.#isEnd(error)) return;
        this.#problem(`reading the calls of ${name}`, error);
        await timing.pause(backoff(attempt, 200, 2000), this.#closing.signal);
      }
    }
  }

  /** What the calls hold up to a place: read whole before any of it is taken, so that a try that failed leaves nothing. */
  async #read(calls: readonly CallId[], upTo: number): Promise<readonly (Commit | UnreadableMessage)[]> {
    const read: (readonly (Commit | UnreadableMessage)[])[] = [];
    const waiting = [...calls];
    const readNext = async (): Promise<void> => {
      for (let callId = waiting.pop(); callId; callId = waiting.pop())
        read.push(await this.#options.log.read(callId));
    };
    await Promise.all(Array.from({ length: readAtOnce }, readNext));
    return read.flat().filter(({ sequence }) => sequence <= upTo);
  }

  async #run(messages: AsyncIterable<Commit | UnreadableMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        // The same message may be told again.
        if (message.sequence <= this.#reached) continue;
        this.#take(message);
        this.#reach(message.sequence);
      }
    } catch (error) {
      if (!this.#isEnd(error)) this.#failure.reject(error);
    }
  }

  #take(message: Commit | UnreadableMessage): void {
    const { service, take, alarm } = this.#options;
    if (isUnreadable(message)) refuseTooNew(service, message);
    const callId = isUnreadable(message)
      ? (parseCallSubject(message.subject)?.callId ?? null)
      : message.callId;
    try {
      take(message, callId);
    } catch (error) {
      const { sequence } = message;
      alarm({
        service,
        what: 'a message could not be taken',
        sequence,
        error,
        ...(callId ? { callId } : {}),
      });
    }
  }

  #reach(sequence: number): void {
    this.#reached = sequence;
    this.#options.reached(sequence);
    this.#settleAsked();
  }

  async #askLog(): Promise<void> {
    const { log, timing } = this.#options;
    const at = Date.now();
    try {
      const last = await Promise.race([
        log.lastSequence(),
        timing.pause(answerWithinMs, this.#closing.signal).then(() => undefined),
      ]);
      if (last === undefined) return;
      this.#asked = { at, last };
      this.#settleAsked();
    } catch {
      // The age of the answer before says it.
    } finally {
      this.#asking = undefined;
    }
  }

  #settleAsked(): void {
    if (!this.#asked || this.#reached < this.#asked.last) return;
    this.#asOf = this.#asked.at;
    this.#asked = undefined;
  }

  async #save(): Promise<void> {
    const { checkpoints, service, name, openCalls } = this.#options;
    const sequence = this.#reached;
    if (sequence === this.#saved || this.#log === '') return;
    try {
      const checkpoint = { sequence, openCalls: [...openCalls()], log: this.#log };
      await checkpoints.save(`${service}.${name}`, 0, checkpoint);
      this.#saved = sequence;
    } catch (error) {
      this.#problem(`saving the checkpoint of ${name}`, error);
    }
  }

  /** True when it is the end of this process. */
  #isEnd(error: unknown): boolean {
    if (!(error instanceof Error) || error.name !== 'ServiceTooOldError') return false;
    this.#failure.reject(error);
    return true;
  }

  #problem(what: string, error: unknown): void {
    this.#options.alarm({ service: this.#options.service, what, error });
  }
}
