import { accept, ignore } from '@earshot/event-log';
import type { CallState, Recording } from './call-state.ts';
import type { CallInput } from './call-input.ts';
import { bySignaling, bySwitch } from './offers.ts';
import type { Decided } from './decided.ts';

type Input<T extends CallInput['type']> = Extract<CallInput, { type: T }>;

const recordingOf = (state: CallState, recordingId: string): Recording | undefined =>
  state.recordings.find((recording) => recording.recordingId === recordingId);

/**
 * What the switch does about a recording. Any proof that a recorder runs makes it running, whatever was told before: an
 * order to start that nobody answered may be carried out late, after the order to stop was refused.
 */
export const onRecorder = (
  state: CallState,
  input: Input<'recorder-started' | 'recorder-stopped' | 'recorder-refused' | 'recorder-unknown'>,
): Decided => {
  const { recordingId } = input;
  const recorder = recordingOf(state, recordingId)?.recorder ?? null;
  const event = { occurredAt: input.at, actor: bySwitch };
  switch (input.type) {
    case 'recorder-started':
      if (recorder === 'running') return ignore('recorder_already_started');
      return accept({ ...event, type: 'RecorderStarted', data: { recordingId } });
    case 'recorder-stopped':
      if (recorder === null) return ignore('recorder_not_of_this_call');
      if (recorder === 'stopped') return ignore('recorder_already_stopped');
      return accept({
        ...event,
        type: 'RecorderStopped',
        data: { recordingId, durationMs: input.durationMs },
      });
    case 'recorder-refused':
      if (recorder !== null) return ignore('recorder_already_started');
      return accept({ ...event, type: 'RecorderRefused', data: { recordingId, reason: input.reason } });
    case 'recorder-unknown':
      if (recorder === 'stopped') return ignore('recorder_already_stopped');
      if (recorder === 'unknown') return ignore('recorder_already_unknown');
      return accept({ ...event, type: 'RecorderUnknown', data: { recordingId, reason: input.reason } });
  }
};

/** The recording can be fetched from now on, cut to the time for which it was allowed. */
export const onRecordingCollected = (
  state: CallState,
  { at, recordingId, durationMs, cutMs }: Input<'recording-collected'>,
): Decided => {
  const recording = recordingOf(state, recordingId);
  if (!recording) return ignore('recorder_not_of_this_call');
  if (recording.isCollected) return ignore('recording_already_collected');
  if (recording.recorder !== 'stopped') return ignore('recorder_runs');
  return accept({
    type: 'RecordingCollected',
    occurredAt: at,
    actor: bySignaling,
    data: { recordingId, durationMs, cutMs },
  });
};
