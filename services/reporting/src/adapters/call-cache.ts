import type { CallState } from '../domain/call-state.ts';

/** Calls as they were last written, so that following the log needs no read per message. The least recently changed go first. */
export interface CallCache {
  get(callId: string): CallState | undefined;
  put(calls: readonly CallState[]): void;
  clear(): void;
}

/** @param limit How many calls are kept; the others are read from the database when they are needed. */
export const callCache = (limit: number): CallCache => {
  const calls = new Map<string, CallState>();
  return {
    get: (callId) => calls.get(callId),
    put: (changed) => {
      for (const call of changed) {
        calls.delete(call.callId);
        calls.set(call.callId, call);
      }
      for (const callId of calls.keys()) {
        if (calls.size <= limit) break;
        calls.delete(callId);
      }
    },
    clear: () => calls.clear(),
  };
};
