import type { EventLog } from '@earshot/event-log';
import { naturalBatches } from './natural-batches.ts';
import type { RowWriter } from './row-writer.ts';

/** Where the rows come from. */
export type RowSource = Pick<EventLog, 'follow' | 'lastSequence' | 'identity'>;

export interface FollowIntoOptions {
  readonly signal: AbortSignal;
  /**
   * Most messages per transaction. The larger, the fewer times a call that changes often is written
   * while catching up.
   */
  readonly batchSize: number;
  /** Sequence to end at; default: never. */
  readonly until?: number;
}

/**
 * Writes what the log holds after the writer's position, and what comes, until the signal or the given
 * sequence.
 */
export const followInto = async (
  writer: RowWriter,
  calls: RowSource,
  { signal, batchSize, until = Infinity }: FollowIntoOptions,
): Promise<void> => {
  if (writer.position.sequence >= until || signal.aborted) return;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  try {
    const messages = calls.follow({ after: writer.position.sequence, signal: either });
    for await (const batch of naturalBatches(messages, batchSize, either)) {
      await writer.write(batch);
      if (writer.position.sequence >= until) return;
    }
  } finally {
    ending.abort();
  }
};
