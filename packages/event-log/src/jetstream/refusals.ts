import { JetStreamApiError } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';

/** What the server did with the newest write to each place, as far as it tells whether it stores any. */
export interface Refusals {
  /** Passes a write on, and takes note of whether the server could store it. */
  watch<T>(place: string, write: () => Promise<T>): Promise<T>;
  /** Why the server did not store what was written lately; undefined: it did, or nobody has tried. */
  reason(): string | undefined;
}

/** A refusal counts for so long, in ms, unless a write to the same place is stored before: whoever still wants to write tries again sooner. */
const countsForMs = 15_000;

/**
 * A stream that met a full disk stores no message any more: it refuses, or leaves it without an answer (NATS 2.15 does), or nobody
 * takes it. A conflict or a missing right tells nothing about the store.
 */
const isRefusal = (error: unknown): error is Error =>
  error instanceof errors.TimeoutError ||
  (error instanceof Error && error.name === 'JetStreamNotEnabled') ||
  (error instanceof JetStreamApiError && error.apiError().code >= 500);

const known = new WeakMap<NatsConnection, Refusals>();

const createRefusals = (): Refusals => {
  const refused = new Map<string, { readonly reason: string; readonly at: number }>();
  return {
    watch: async (place, write) => {
      try {
        const answer = await write();
        refused.delete(place);
        return answer;
      } catch (error) {
        if (isRefusal(error)) refused.set(place, { reason: error.message, at: performance.now() });
        throw error;
      }
    },
    reason: () => [...refused.values()].find(({ at }) => performance.now() - at < countsForMs)?.reason,
  };
};

/** Of all that is written over a connection: a server with a full disk answers to everything else as ever. */
export const refusalsOn = (connection: NatsConnection): Refusals => {
  const refusals = known.get(connection) ?? createRefusals();
  known.set(connection, refusals);
  return refusals;
};
