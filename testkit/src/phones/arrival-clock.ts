import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sampleRate } from '@earshot/asterisk';

const everyMs = 10;
const headerBytes = 44;

/** Notes how wav files that are being written grow, so that each sample can be given the time at which it arrived. */
export interface Arrivals extends Disposable {
  /** In the order in which they appeared. */
  files(): readonly string[];
  /** Wall-clock time, ms since 1970, at which a sample of this file was there; accurate to about 20 ms on a quiet machine. */
  clockOf(file: string): (sample: number) => number;
}

/** Watches the files in the folder whose name passes, until it is disposed of. */
export const watchArrivals = (folder: string, name: (file: string) => boolean): Arrivals => {
  const notes = new Map<string, { at: number; samples: number }[]>();
  const look = (): void => {
    for (const file of readdirSync(folder)) {
      if (!name(file)) continue;
      const samples = Math.max(0, (statSync(join(folder, file)).size - headerBytes) / 2);
      const seen = notes.get(file) ?? [];
      if (seen.length === 0) notes.set(file, seen);
      if (samples > (seen.at(-1)?.samples ?? -1)) seen.push({ at: Date.now(), samples });
    }
  };
  const timer = setInterval(look, everyMs);
  return {
    files: () => {
      look();
      return [...notes.keys()];
    },
    clockOf: (file) => (sample) => {
      const seen = notes.get(file) ?? [];
      // The last note that holds fewer samples is the time just before the sample came.
      const after = seen.find((each) => each.samples > sample) ?? seen.at(-1);
      return after === undefined ? 0 : after.at - ((after.samples - sample) * 1000) / sampleRate;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
};
