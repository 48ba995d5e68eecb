import { writeFile } from 'node:fs/promises';
import { sampleRate, wavOf } from './wav.ts';

/** Hold music, in Hz: a broken chord, made here because Debian ships none for Asterisk. */
const notes = [262, 330, 392, 330];

/** Writes the music a waiting caller hears: soft, and far from the pitches that tests listen for. */
export const makeMusic = async (path: string): Promise<void> => {
  const noteSamples = sampleRate;
  const samples = new Int16Array(notes.length * noteSamples);
  notes.forEach((pitch, note) => {
    for (let i = 0; i < noteSamples; i += 1) {
      const fade = Math.sin((Math.PI * i) / noteSamples);
      samples[note * noteSamples + i] = Math.round(
        3000 * fade * Math.sin((2 * Math.PI * pitch * i) / sampleRate),
      );
    }
  });
  await writeFile(path, wavOf(samples));
};
