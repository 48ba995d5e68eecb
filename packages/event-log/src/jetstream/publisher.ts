import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { errors, headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import { ConflictError, LogUnavailableError } from '../event-log.ts';
import { backoff, processTiming } from '../runtime/timing.ts';
import { clientOf } from './api.ts';
import { onLink } from './link.ts';
import { refusalsOn } from './refusals.ts';
import type { DirectMessage, DirectReader } from './direct-reader.ts';

/** One message that is to be stored once. */
export interface ToPublish {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Unique within the subject; how the message is found again after an ambiguous answer. */
  readonly id: string;
  /** Sequence of the subject's last message; undefined: whatever stands, so that a second try may store it again. */
  readonly expected?: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where it now stands; `stored` when it had been stored by an earlier try and was read back. */
export interface Published {
  readonly sequence: number;
  readonly stored?: DirectMessage;
}

const answerWithinMs = 2000;
/** An election of a cluster's leader takes up to 9 s, so trying goes on for longer. */
const giveUpAfterMs = 12_000;
/**
 * Not the server's own `Nats-Msg-Id`: what it was told once, on whatever subject and by whomever, it stores on no other, so
 * that a service could keep another from writing.
 */
const idHeader = 'Earshot-Id';

/** Wrong last sequence: the second only on a cluster, while another append is under way. */
const conflictCodes: ReadonlySet<number> = new Set([10071, 10164]);

export const isConflict = (error: unknown): boolean =>
  error instanceof JetStreamApiError && conflictCodes.has(error.code);

/** Publishes so that a message with an expectation is stored once or surely not at all, as far as that can be known. */
export class Publisher {
  readonly #client: JetStreamClient;
  readonly #reader: DirectReader;
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection, reader: DirectReader) {
    this.#connection = connection;
    this.#client = clientOf(connection, answerWithinMs);
    this.#reader = reader;
  }

  /** @throws ConflictError, LogUnavailableError */
  async publish(message: ToPublish): Promise<Published> {
    const givenUpAt = performance.now() + giveUpAfterMs;
    for (let attempt = 1; ; attempt += 1) {
      const problem = await this.#try(message);
      if (!(problem instanceof Error)) return problem;
      if (problem instanceof ConflictError || isPermanent(problem)) throw problem;
      if (performance.now() > givenUpAt || this.#connection.isClosed()) {
        throw new LogUnavailableError(`The log did not take the message (${problem.message})`, {
          cause: problem,
        });
      }
      await processTiming.pause(backoff(attempt, 50, 1000));
    }
  }

  // An error is returned, not thrown, where another try may follow.
  async #try(message: ToPublish): Promise<Published | Error> {
    const { subject, data, id, expected } = message;
    try {
      const headers = newHeaders();
      for (const [name, value] of Object.entries({ ...message.headers, [idHeader]: id }))
        headers.set(name, value);
      const expect = expected === undefined ? {} : { expect: { lastSubjectSequence: expected } };
      const publish = () =>
        this.#client.publish(subject, data, { headers, timeout: answerWithinMs, ...expect });
      const place = subject.slice(0, subject.indexOf('.'));
      const stored = await refusalsOn(this.#connection).watch(place, () =>
        onLink(this.#connection, answerWithinMs, publish),
      );
      return { sequence: stored.seq };
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error));
      if (isPermanent(problem)) return problem;
      // A conflict may be with an own earlier try; a lost answer may belong to a message that was stored.
      const found = await this.#find(message).catch(() => undefined);
      if (found) return found;
      return isConflict(problem) ? new ConflictError(problem.message) : problem;
    }
  }

  async #find(message: ToPublish): Promise<Published | undefined> {
    const { subject, expected, id } = message;
    const since = await this.#reader.read(subject, (expected ?? 0) + 1);
    // Behind another message than the one expected it is a conflict: whoever asks does not know what came between.
    const stored = (expected === undefined ? since : since.slice(0, 1)).find(
      (one) => one.header(idHeader) === id,
    );
    return stored && { sequence: stored.sequence, stored };
  }
}

// Asking again gives the same answer: the request itself is wrong, or not allowed.
const isPermanent = (error: Error): boolean => {
  const reason = error.cause ?? error;
  if (reason instanceof errors.InvalidArgumentError || reason instanceof errors.PermissionViolationError)
    return true;
  if (!(error instanceof JetStreamApiError) || isConflict(error)) return false;
  const { code } = error.apiError();
  return code === 400 || code === 403;
};
