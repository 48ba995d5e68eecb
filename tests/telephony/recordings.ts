import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { samplesOf } from '@earshot/asterisk';
import { toneReport, windowMs, type ToneReport } from '@earshot/testkit/phones';
import { allTones } from './stage.ts';

/** A recording as it can be fetched. */
export interface RecordingFile {
  readonly seconds: number;
  readonly tones: ToneReport;
  /** What others than its owner may do with it, as of `stat`; 0: nothing. */
  readonly othersMay: number;
}

const sampleRate = 8_000;

/** The file of a recording; undefined when there is none. */
export const recordingFile = async (
  folder: string,
  recordingId: string,
): Promise<RecordingFile | undefined> => {
  const path = join(folder, `${recordingId}.wav`);
  const stats = await stat(path).catch(() => undefined);
  if (!stats) return undefined;
  const samples = samplesOf(await readFile(path));
  return {
    seconds: samples.length / sampleRate,
    othersMay: stats.mode & 0o077,
    tones: toneReport({ samples, timeOf: (sample) => (sample * 1_000) / sampleRate }, allTones),
  };
};

/** Share of the windows of a recording in which a tone is heard, 0 to 1. */
export const shareHearing = ({ tones }: RecordingFile, tone: number): number =>
  tones.windowsHearing(tone).length / Math.max(1, tones.windows.length);

export { windowMs };
