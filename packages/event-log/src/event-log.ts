import {
  TooNewError,
  UnreadableCommitError,
  type CallEvent,
  type CallId,
  type Causation,
  type EventType,
  type FactsOf,
  type NewEvent,
  type Writer,
} from '@earshot/contracts';
import type { Context } from '@opentelemetry/api';

/** The events that one writer may write, and nobody else. */
export type EventsOf<W extends Writer> = keyof FactsOf[W] & EventType;

/** One decision about to be stored: its events become one message, whole or not at all. */
export interface NewCommit<W extends Writer = Writer> {
  readonly callId: CallId;
  readonly writer: W;
  /** Unique for the decision and derived from its cause; found again when an answer was ambiguous. */
  readonly id: string;
  readonly causation: Causation;
  readonly events: readonly NewEvent<EventsOf<W>>[];
  /** Sequence of the writer's last commit on this call that the decision was based on; 0: there is none yet. */
  readonly expectedSequence: number;
}

/** A commit as it was read back: its events in order, never empty. */
export interface Commit {
  readonly id: string;
  readonly sequence: number;
  readonly callId: CallId;
  readonly writer: Writer;
  readonly events: readonly CallEvent[];
  /** Trace context its headers carried; the parent of whatever follows from it. */
  readonly trace: Context;
}

/** A commit as `follow` hands it over, with the moment at which the log's server stored it: the one clock that all commits share. */
export interface FollowedCommit extends Commit {
  /** ISO 8601, UTC, milliseconds. */
  readonly storedAt: string;
}

/** The writer's version on this call moved on: read again, decide again (JetStream 10071 and 10164). */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/**
 * The log did not answer for more than ten seconds, or is away. As far as it could be looked up the commit is not stored;
 * appending the same commit again is safe, because its id is looked for first.
 */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

/** A message that cannot be read as a commit; `follow` hands it over instead of stopping. */
export interface UnreadableMessage {
  readonly sequence: number;
  readonly subject: string;
  /** What is wrong with it; no data of it. */
  readonly problem: string;
  readonly data: Uint8Array;
  /** Set when a newer program can read it: then nobody may go on as if it were not there. */
  readonly tooNew?: TooNewError;
}

/** Where to follow the log from, and how far. */
export interface FollowOptions {
  /** Sequence of the last message that is already known; 0: from the first one on. */
  readonly after: number;
  readonly partitions?: readonly number[];
  /** Only the calls of this switch; default: of all. */
  readonly switch?: number | undefined;
  readonly signal: AbortSignal;
  /** Called once, when everything that was stored when following began has been taken. */
  readonly onCaughtUp?: () => void;
}

/** True when a message of the log could not be read as a commit. */
export const isUnreadable = (message: Commit | UnreadableMessage): message is UnreadableMessage =>
  'problem' in message;

/** A message as a stream holds it. */
export interface RawMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** Reads a message by `read`; one that this refuses becomes an unreadable one. */
export const readOrUnreadable = <Read extends Commit>(
  message: RawMessage,
  read: () => Read,
): Read | UnreadableMessage => {
  try {
    return read();
  } catch (error) {
    const { sequence, subject, data } = message;
    const problem = error instanceof Error ? error.message : 'cannot be read';
    return { sequence, subject, data, problem, ...(error instanceof TooNewError ? { tooNew: error } : {}) };
  }
};

/** The messages, when all of them can be read. @throws UnreadableCommitError */
export const allReadable = (messages: readonly (Commit | UnreadableMessage)[]): readonly Commit[] =>
  messages.map((message) => {
    if (!isUnreadable(message)) return message;
    throw (
      message.tooNew ??
      new UnreadableCommitError(`${message.subject} at ${message.sequence}: ${message.problem}`)
    );
  });

/** The log of all calls. Two adapters, JetStream and in-memory, pass one contract suite. */
export interface EventLog extends AsyncDisposable {
  /**
   * Stores a commit with the active trace context in its headers and returns it as it now stands.
   * A commit that an ambiguous first try had already stored is returned, not stored twice.
   * @throws ConflictError, LogUnavailableError
   */
  append<W extends Writer>(commit: NewCommit<W>): Promise<Commit>;
  /** Everything on a call by the given writers (default: all), in log order, by literal subjects. @throws LogUnavailableError */
  read(callId: CallId, writers?: readonly Writer[]): Promise<readonly (Commit | UnreadableMessage)[]>;
  /** The same, for whoever can do nothing with what cannot be read. @throws UnreadableCommitError, LogUnavailableError */
  load(callId: CallId, writers?: readonly Writer[]): Promise<readonly Commit[]>;
  /** Commits of the given partitions and switch (default: all) after a sequence, in order, without end until the signal. */
  follow(options: FollowOptions): AsyncIterable<FollowedCommit | UnreadableMessage>;
  /** Sequence of the newest message of the stream; 0 when empty. */
  lastSequence(): Promise<number>;
  /** Which log this is: the same for as long as the stream lives, and of no other stream. Positions are of one log only. */
  identity(): Promise<string>;
}
