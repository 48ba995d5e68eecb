import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { samplesOf } from '@earshot/asterisk';
import { toneReport, windowMs, type Phone, type ToneReport } from '@earshot/testkit/phones';
import { expectSoundOfControl, lostBetween } from './control-call.ts';
import { lost } from './hearing.ts';
import { allTones, tones } from './stage.ts';

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

/**
 * Customer and agent are heard in a recording as they heard each other, from its start (`startedAt`, ms since 1970)
 * to its end; of the first and the last window only a part may be there.
 */
export const expectHeardThroughout = async (
  { tones: report, seconds }: RecordingFile,
  startedAt: number,
  [customer, agent]: readonly [Phone, Phone],
): Promise<void> => {
  const durationMs = seconds * 1_000;
  const inside = { from: windowMs, to: durationMs - windowMs };
  const ofFile = lost({ report }, tones.customer, inside) + lost({ report }, tones.agent, inside);
  expectSoundOfControl(
    ofFile,
    await lostBetween(customer, agent, { from: startedAt, to: startedAt + durationMs }),
  );
};
