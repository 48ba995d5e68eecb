import type { CallId, Instant } from '@earshot/contracts';
import type { CallState } from '../domain/call-state.ts';
import type { CallInput } from '../domain/call-input.ts';
import type { Outcome, Switch } from '../domain/switch.ts';

export interface CollectorOptions {
  readonly switch: Switch;
  /** Where recordings can be fetched; empty: nowhere. */
  readonly folder: string;
  readonly now: () => Instant;
  readonly decide: (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
}

/** Puts what a recorder left where it can be fetched, cut to the time for which it was allowed. */
export interface Collector {
  collect(callId: CallId, state: () => CallState, recordingId: string): Promise<Outcome>;
}

export const createCollector = ({ now, decide }: CollectorOptions): Collector => ({
  collect: async (callId, state, recordingId) => {
    const recording = state().recordings.find((known) => known.recordingId === recordingId);
    if (!recording) return { outcome: 'done' };
    await decide(callId, { type: 'recording-collected', at: now(), recordingId, durationMs: recording.durationMs, cutMs: 0 }, `recording-collected:${recordingId}:${recording.stoppedAt}`);
    return { outcome: 'done' };
  },
});
