import type { Commit, UnreadableMessage } from '@earshot/event-log';
import type { CallState } from '../domain/call-state.ts';
import { projectCall, watermarkAfter } from '../domain/project-call.ts';
import type { Batch } from './write-batch.ts';

const problemOf = (error: unknown): string => `cannot be projected (${error instanceof Error ? error.name : 'unknown error'})`;

/**
 * Folds messages, in log order, into the calls they belong to. A message that cannot be read or folded is skipped and told about, without
 * its content: it may hold personal data. `known` gives the calls as they stood before.
 */
export const projectBatch = (
  before: { readonly sequence: number; readonly watermark: string },
  messages: readonly (Commit | UnreadableMessage)[],
  known: (callId: string) => CallState | undefined,
): Batch => {
  const calls = new Map<string, CallState>();
  const skipped: { sequence: number; problem: string }[] = [];
  let { sequence, watermark } = before;
  for (const message of messages) {
    if (message.sequence <= sequence) continue;
    sequence = message.sequence;
    if ('problem' in message) {
      skipped.push({ sequence, problem: 'is not a commit' });
      continue;
    }
    try {
      const updatedAt = watermarkAfter(watermark, message);
      calls.set(message.callId, projectCall(calls.get(message.callId) ?? known(message.callId), message, updatedAt));
      watermark = updatedAt;
    } catch (error) {
      skipped.push({ sequence, problem: problemOf(error) });
    }
  }
  return { from: before.sequence, to: sequence, watermark, calls: [...calls.values()], skipped };
};
