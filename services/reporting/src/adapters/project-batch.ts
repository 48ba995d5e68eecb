import { isUnreadable, type FollowedCommit, type UnreadableMessage } from '@earshot/event-log';
import type { CallState } from '../domain/call-state.ts';
import { projectCall, updatedAtAfter } from '../domain/project-call.ts';
import type { UnreadableRow } from './database.ts';
import type { Batch } from './write-batch.ts';

/**
 * Folds messages, in log order, into the calls they belong to. A message that cannot be read is set aside
 * with its place and the reason. `known` gives the calls as they stood before, `now` is the clock of this
 * process (ISO 8601).
 * @throws whatever a commit does that cannot be folded
 */
export const projectBatch = (
  before: { readonly sequence: number; readonly watermark: string },
  messages: readonly (FollowedCommit | UnreadableMessage)[],
  known: (callId: string) => CallState | undefined,
  now: string,
): Batch => {
  const calls = new Map<string, CallState>();
  const unreadable: UnreadableRow[] = [];
  let { sequence, watermark } = before;
  for (const message of messages) {
    if (message.sequence <= sequence) continue;
    sequence = message.sequence;
    if (isUnreadable(message)) {
      unreadable.push({ sequence, reason: message.problem });
      continue;
    }
    watermark = updatedAtAfter(watermark, message.storedAt, now);
    calls.set(
      message.callId,
      projectCall(calls.get(message.callId) ?? known(message.callId), message, watermark),
    );
  }
  return { from: before.sequence, to: sequence, watermark, calls: [...calls.values()], unreadable };
};
