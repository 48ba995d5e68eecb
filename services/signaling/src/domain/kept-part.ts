import type { Recording } from './call-state.ts';
import type { AudioPart } from './switch.ts';

export type RecorderTimes = Pick<
  Recording,
  'allowedAt' | 'allowedUntil' | 'startedAt' | 'stoppedAt' | 'durationMs'
>;

const nothing: AudioPart = { fromMs: 0, toMs: 0 };

/**
 * The part of a recorder's audio, in ms of the audio, that lies within the standing decision: all that
 * anybody may get. Times are the switch's. Where the audio began is known twice, from the start that was told
 * and from the end less the length; when they differ (an end that was noticed late, a clock that was set)
 * only what both allow is kept. Without a start or an end that was seen nothing can be proved, and nothing is
 * kept; nor while the recording is still allowed.
 */
export const keptPart = (recorder: RecorderTimes): AudioPart => {
  const { allowedAt, allowedUntil, startedAt, stoppedAt, durationMs } = recorder;
  if (startedAt === null || stoppedAt === null || allowedUntil === null) return nothing;
  const begins = [Date.parse(startedAt), Date.parse(stoppedAt) - durationMs];
  const fromMs = Math.max(0, Date.parse(allowedAt) - Math.min(...begins));
  const toMs = Math.min(durationMs, Date.parse(allowedUntil) - Math.max(...begins));
  return fromMs < toMs ? { fromMs, toMs } : nothing;
};
