import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asteriskCacheFolder } from './cache-folder.ts';
import { runInside } from './inside.ts';
import { ensureRootFileSystem } from './root-file-system.ts';
import { sampleRate, samplesOf } from './wav.ts';

export interface GreetingAudio {
  /** 8 kHz mono wav, named `<sha256 of the text>.wav`. Asterisk plays it as `sound:` and this path without `.wav`. */
  readonly path: string;
  /** Of the file's bytes, hexadecimal: what the evidence of a call names. */
  readonly sha256: string;
  readonly durationMs: number;
}

export interface GreetingOptions {
  readonly cacheFolder?: string;
  /** A voice of espeak-ng, for example `en-us`, `de`. */
  readonly voice?: string;
}

const defaultVoice = 'en-us';

/** Folder of the greetings that a voice has spoken. */
export const greetingsFolder = (cacheFolder: string, voice = defaultVoice): string => {
  return join(cacheFolder, 'greetings', voice);
};

/** Speaks a text into a wav file. The same text and voice give the same file, from the cache after the first time. */
export const makeGreeting = async (text: string, options: GreetingOptions = {}): Promise<GreetingAudio> => {
  const cacheFolder = options.cacheFolder ?? asteriskCacheFolder();
  const voice = options.voice ?? defaultVoice;
  const folder = greetingsFolder(cacheFolder, voice);
  const name = createHash('sha256').update(text).digest('hex');
  const path = join(folder, `${name}.wav`);
  await mkdir(folder, { recursive: true });
  const wav = await readFile(path).catch(() => speak(text, voice, cacheFolder, path));
  return {
    path,
    sha256: createHash('sha256').update(wav).digest('hex'),
    durationMs: Math.round((samplesOf(wav).length * 1000) / sampleRate),
  };
};

const speak = async (text: string, voice: string, cacheFolder: string, path: string): Promise<Buffer> => {
  const { path: root } = await ensureRootFileSystem({ cacheFolder });
  const folder = await mkdtemp(join(dirname(path), 'speaking-'));
  try {
    const spoken = join(folder, 'spoken.wav');
    const telephone = join(folder, 'telephone.wav');
    await runInside({
      root,
      folders: [folder],
      command: ['espeak-ng', '-v', voice, '-s', '160', '-w', spoken, '--', text],
    });
    await runInside({
      root,
      folders: [folder],
      command: ['sox', spoken, '-r', String(sampleRate), '-c', '1', '-b', '16', telephone],
    });
    await rename(telephone, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return readFile(path);
};
