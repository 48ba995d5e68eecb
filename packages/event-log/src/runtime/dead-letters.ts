import type { CallId } from '@earshot/contracts';
import type { Commit } from '../event-log.ts';
import type { DeadLetters } from '../coordination.ts';
import { backoff, type Timing } from './timing.ts';
import { countDeadLetter } from './tracing.ts';

/** Something that a human should know: a dead letter, or a difficulty that lasts. Holds no personal data. */
export interface Alarm {
  readonly service: string;
  readonly what: string;
  readonly sequence?: number;
  readonly callId?: CallId;
  readonly error?: unknown;
}

/** Where alarms go when nobody says otherwise: one line of JSON on stderr. */
export const stderrAlarm = ({ error, ...alarm }: Alarm): void => {
  console.error(
    JSON.stringify({ level: 'error', ...alarm, ...(error === undefined ? {} : { error: messageOf(error) }) }),
  );
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** A message or an outside cause that a service gives up on, and why. */
export interface GivenUp {
  readonly callId: CallId | null;
  readonly sequence: number | null;
  readonly cause: string;
  readonly error: unknown;
}

/** A commit that could not be handled. */
export const aboutCommit = (commit: Commit, error: unknown): GivenUp => ({
  callId: commit.callId,
  sequence: commit.sequence,
  cause: commit.id,
  error,
});

/** Sets aside what a service gives up on, with an alarm each time. */
export class DeadLetterOffice {
  readonly #service: string;
  readonly #deadLetters: DeadLetters;
  readonly #alarm: (alarm: Alarm) => void;
  readonly #timing: Timing;
  readonly #closing: AbortSignal;

  constructor(
    service: string,
    letters: DeadLetters,
    alarm: (alarm: Alarm) => void,
    timing: Timing,
    closing: AbortSignal,
  ) {
    this.#service = service;
    this.#deadLetters = letters;
    this.#alarm = alarm;
    this.#timing = timing;
    this.#closing = closing;
  }

  /** Sets aside, and only then lets the message count as done. */
  async setAsideThen(about: GivenUp, finish: () => void): Promise<void> {
    if (await this.setAside(about)) finish();
  }

  /** @returns false when the service closed before it could be done */
  async setAside({ callId, sequence, cause, error }: GivenUp): Promise<boolean> {
    const service = this.#service;
    countDeadLetter(service);
    this.#alarm({
      service,
      what: 'a message became a dead letter',
      error,
      ...(callId ? { callId } : {}),
      ...(sequence ? { sequence } : {}),
    });
    for (let attempt = 1; !this.#closing.aborted; attempt += 1) {
      try {
        await this.#deadLetters.add({
          service,
          stream: 'CALLS',
          sequence,
          callId,
          cause,
          problem: messageOf(error),
        });
        return true;
      } catch (failed) {
        this.#alarm({ service, what: 'a dead letter could not be kept and is tried again', error: failed });
        await this.#timing.pause(backoff(attempt, 200, 5000), this.#closing);
      }
    }
    return false;
  }
}
