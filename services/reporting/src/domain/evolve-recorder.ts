import type { CallState, RunningRecorder } from './call-state.ts';
import { unionOf, type Span } from './times.ts';

const isKnown = (call: CallState, recordingId: string): boolean =>
  [...call.running, ...call.recorded].some((recorder) => recorder.recordingId === recordingId);

/**
 * A recorder runs, or may run (`proved` false). The proof counts from when it came; told again, the
 * first time counts.
 */
export const recorderRuns = (call: CallState, recorder: RunningRecorder): CallState => {
  const doubted = call.running.find(
    ({ recordingId, proved }) => recordingId === recorder.recordingId && !proved,
  );
  if (doubted !== undefined && recorder.proved) {
    return {
      ...call,
      running: call.running.map((other) => (other === doubted ? { ...doubted, proved: true } : other)),
    };
  }
  return isKnown(call, recorder.recordingId) ? call : { ...call, running: [...call.running, recorder] };
};

/**
 * A recorder stopped after it had run for this long, also when nobody had told that it ran. The first
 * end counts.
 */
export const recorderStopped = (
  call: CallState,
  recordingId: string,
  durationMs: number,
  at: number,
): CallState => {
  if (call.recorded.some((recorder) => recorder.recordingId === recordingId)) return call;
  const started = call.running.find((recorder) => recorder.recordingId === recordingId);
  const from = started?.proved === true ? started.from : at - durationMs;
  return {
    ...call,
    running: call.running.filter((recorder) => recorder !== started),
    recorded: [...call.recorded, { recordingId, from, to: from + durationMs }],
  };
};

/**
 * When the call was recorded, each moment once however many recorders ran. A recorder that nobody told the
 * end of, or that may have run, counts as having run until the call was over: what may have been recorded is
 * never shown as not recorded.
 */
export const recordedSpans = ({ recorded, running, endedAt }: CallState): readonly Span[] =>
  unionOf([...recorded, ...running.map(({ from }) => ({ from, to: endedAt }))]);
