import type { CallId, Instant } from '@earshot/contracts';
import type { Logger } from '@earshot/service-kit';
import type { CallInput } from '../domain/call-input.ts';
import { mustBeCollected, type CallState, type Recording } from '../domain/call-state.ts';
import { keptPart } from '../domain/kept-part.ts';
import type { AudioPart, Outcome, Switch } from '../domain/switch.ts';
import type { RecordingStore } from './recording-store.ts';
import { createTurns } from './turns.ts';

export interface CollectorOptions {
  readonly switch: Pick<Switch, 'readRecording' | 'perform'>;
  readonly store: RecordingStore;
  readonly logger: Logger;
  readonly now: () => Instant;
  readonly decide: (callId: CallId, input: CallInput, id: string) => Promise<unknown>;
}

/**
 * Puts what a recorder left where it can be fetched, cut to the time for which it was allowed, and removes
 * the rest.
 */
export interface Collector {
  /**
   * Begins anew whatever was done before, as a process may have died after any step, and comes to the same
   * end. What did not work is `unknown`: it is to be tried again.
   */
  collect(callId: CallId, state: () => CallState, recordingId: string): Promise<Outcome>;
}

/**
 * Files that are read at a time; many calls may end at once, and a switch serves its files from what also
 * serves its calls.
 */
const atOnce = 4;

const lost =
  'ALARM: a recording that was allowed is neither on the switch nor among the recordings; it is lost';
const notCollected =
  'ALARM: a recording could not be collected; it stays on the switch, where nobody can fetch it, ' +
  'and is tried again';

const lengthOf = ({ fromMs, toMs }: AudioPart): number => toMs - fromMs;
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const createCollector = (options: CollectorOptions): Collector => {
  const { switch: theSwitch, store, logger, now, decide } = options;
  const turns = createTurns(atOnce);

  /**
   * Length in ms of what can be fetched afterwards. @throws when the switch does not answer, or the file
   * cannot be written
   */
  const keep = async (callId: CallId, recording: Recording): Promise<number> => {
    const { recordingId, keptMs } = recording;
    const part = keptPart(recording);
    // A recorder that started once more, after the decision: what was collected before stays.
    if (lengthOf(part) === 0 || !store.keepsAnything) return keptMs;
    const found = await theSwitch.readRecording(recordingId, part);
    if (found) {
      await store.put(found.fileName, found.data);
      return found.durationMs;
    }
    // Whoever was here before us removed it from the switch only after it was safe.
    if (await store.has(recordingId)) return lengthOf(part);
    logger.error({ callId, recordingId }, lost);
    return 0;
  };

  const collect = async (callId: CallId, recording: Recording): Promise<Outcome> => {
    const { recordingId, stoppedAt, durationMs: recordedMs } = recording;
    let durationMs: number;
    try {
      durationMs = await keep(callId, recording);
    } catch (error) {
      logger.error({ callId, recordingId, error }, notCollected);
      return { outcome: 'unknown', reason: textOf(error) };
    }
    const discarded = await theSwitch.perform({ op: 'discard-recording', recordingId });
    // Refused: it runs again, or its end has not come through everywhere.
    if (discarded.outcome !== 'done') return { outcome: 'unknown', reason: discarded.reason };
    const cutMs = Math.max(0, recordedMs - lengthOf(keptPart(recording)));
    const collected: CallInput = { type: 'recording-collected', at: now(), recordingId, durationMs, cutMs };
    await decide(callId, collected, `recording-collected:${recordingId}:${stoppedAt}`);
    return { outcome: 'done' };
  };

  return {
    collect: (callId, state, recordingId) =>
      turns.take(async () => {
        const recording = state().recordings.find((known) => known.recordingId === recordingId);
        return recording && mustBeCollected(recording) ? collect(callId, recording) : { outcome: 'done' };
      }),
  };
};
