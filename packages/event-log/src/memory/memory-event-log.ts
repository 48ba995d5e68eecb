import { callSubject, readCommit, writeCommit, writers, type CallId, type Writer } from '@earshot/contracts';
import {
  ConflictError,
  LogUnavailableError,
  allReadable,
  readOrUnreadable,
  type EventLog,
  type Commit,
  type FollowOptions,
  type FollowedCommit,
  type NewCommit,
  type UnreadableMessage,
} from '../event-log.ts';
import { activeTraceHeaders, traceOf } from '../trace-headers.ts';
import { wantedOf } from '../wanted.ts';
import type { MemoryStore, StoredMessage } from './memory-store.ts';
import type { Schedule, Step } from './schedule.ts';

/** One process's end of the memory log. */
export class MemoryEventLog implements EventLog {
  readonly #store: MemoryStore;
  readonly #schedule: Schedule;
  readonly #whileAlive: () => Promise<void> | undefined;

  /** @param whileAlive never resolves once the process was killed */
  constructor(store: MemoryStore, schedule: Schedule, whileAlive: () => Promise<void> | undefined) {
    this.#store = store;
    this.#schedule = schedule;
    this.#whileAlive = whileAlive;
  }

  async append<W extends Writer>(commit: NewCommit<W>): Promise<Commit> {
    const { id, callId, writer, causation, events } = commit;
    const { tenant, now, calls } = this.#store;
    const trace = traceOf(activeTraceHeaders());
    const data = writeCommit({
      id,
      writer,
      callId,
      tenant,
      recordedAt: now().toISOString(),
      causation,
      events,
    });
    await this.#step('append', { callId });
    const fate = this.#schedule.fateOf?.(commit) ?? 'stored';
    if (fate === 'unavailable') throw new LogUnavailableError('The memory log was told to be away');
    if (fate === 'conflict') throw new ConflictError('The memory log was told to refuse');
    const subject = callSubject(callId, writer);
    const next = calls.of(subject).find(({ sequence }) => sequence > commit.expectedSequence);
    const before = next?.id === id ? next : undefined;
    if (!before && this.#store.lastOf(callId, writer) !== commit.expectedSequence)
      throw new ConflictError(`Not at ${commit.expectedSequence} any more`);
    const stored = before ?? calls.add({ subject, id, data, trace });
    await this.#step('answer', { callId, sequence: stored.sequence });
    if (fate === 'stored_unanswered')
      throw new LogUnavailableError('The memory log was told to lose the answer');
    return commitOf(stored);
  }

  async read(
    callId: CallId,
    of: readonly Writer[] = writers,
  ): Promise<readonly (Commit | UnreadableMessage)[]> {
    await this.#step('load', { callId });
    const messages = of.flatMap((writer) => this.#store.calls.of(callSubject(callId, writer)));
    return messages.map(commitOrUnreadable).toSorted((a, b) => a.sequence - b.sequence);
  }

  async load(callId: CallId, of?: readonly Writer[]): Promise<readonly Commit[]> {
    return allReadable(await this.read(callId, of));
  }

  async *follow({
    after,
    partitions,
    switch: on,
    signal,
    onCaughtUp,
  }: FollowOptions): AsyncGenerator<FollowedCommit | UnreadableMessage> {
    const { calls } = this.#store;
    const isWanted = wantedOf(partitions, on);
    const stoodAt = calls.messages.length;
    const wake = () => {
      calls.wake();
    };
    signal.addEventListener('abort', wake, { once: true });
    try {
      let caughtUp = onCaughtUp;
      for (let next = after; !signal.aborted;) {
        if (next >= stoodAt) {
          caughtUp?.();
          caughtUp = undefined;
        }
        const message = calls.messages[next];
        if (!message) {
          await calls.more();
          continue;
        }
        next += 1;
        if (!isWanted(message.subject)) continue;
        await this.#step('deliver', { sequence: message.sequence });
        for (
          let times = this.#schedule.deliveries?.(message.sequence) ?? 1;
          times > 0 && !signal.aborted;
          times -= 1
        )
          yield commitOrUnreadable(message);
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async lastSequence(): Promise<number> {
    await this.#whileAlive();
    return this.#store.calls.messages.length;
  }

  async identity(): Promise<string> {
    await this.#whileAlive();
    return this.#store.identity;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #step(what: Step, about: { readonly callId?: CallId; readonly sequence?: number }): Promise<void> {
    await this.#whileAlive();
    await this.#schedule.step?.(what, about);
    await this.#whileAlive();
  }
}

const commitOf = (message: StoredMessage): Commit => ({ ...readCommit(message), trace: message.trace });

const commitOrUnreadable = (message: StoredMessage): FollowedCommit | UnreadableMessage =>
  readOrUnreadable(message, () => ({ ...commitOf(message), storedAt: message.storedAt }));
