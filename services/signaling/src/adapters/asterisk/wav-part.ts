import type { AudioPart } from '../../domain/switch.ts';

/** How the audio of a wav file is laid out. */
interface WavFormat {
  /** Content of the chunk `fmt `, as it was found. */
  readonly description: Buffer;
  readonly bytesPerSecond: number;
  /** Bytes of one sample of all channels; a part begins and ends between two. */
  readonly bytesPerFrame: number;
  /** Where the audio begins in the file, in bytes. */
  readonly audioFrom: number;
}

/** Where the audio of a recording begins was not found within so many bytes: it is no wav file. */
const mostHeaderBytes = 4_096;

const headerOf = ({ description }: WavFormat, audioBytes: number): Buffer => {
  const head = Buffer.alloc(20 + description.length + 8);
  head.write('RIFF', 0);
  head.writeUInt32LE(head.length - 8 + audioBytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(description.length, 16);
  description.copy(head, 20);
  head.write('data', 20 + description.length);
  head.writeUInt32LE(audioBytes, 24 + description.length);
  return head;
};

/**
 * Undefined: more of the file is needed. The length that the file names for its audio is not trusted: a crash
 * leaves it 0.
 */
const formatOf = (start: Buffer): WavFormat | undefined => {
  if (start.length < 12) return undefined;
  if (start.toString('latin1', 0, 4) !== 'RIFF' || start.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('The recording is no wav file');
  }
  let description: Buffer | undefined;
  for (let at = 12; at + 8 <= start.length;) {
    const [name, length] = [start.toString('latin1', at, at + 4), start.readUInt32LE(at + 4)];
    if (name === 'data') {
      if (!description || description.length < 16) {
        throw new Error('The recording does not say how its audio is laid out');
      }
      return {
        description,
        audioFrom: at + 8,
        bytesPerSecond: description.readUInt32LE(8),
        bytesPerFrame: Math.max(1, description.readUInt16LE(12)),
      };
    }
    const next = at + 8 + length;
    if (name === 'fmt ' && next <= start.length) description = start.subarray(at + 8, next);
    at = next + (length % 2);
  }
  if (start.length > mostHeaderBytes) throw new Error('The recording has no audio');
  return undefined;
};

/** Which bytes of a file are wanted, from and to, and the header that makes them a file. */
interface Cut {
  readonly header: Buffer;
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
}

const cutOf = (format: WavFormat, fileBytes: number, { fromMs, toMs }: AudioPart): Cut => {
  const { bytesPerFrame, bytesPerSecond, audioFrom } = format;
  const frames = (ms: number): number => (ms * bytesPerSecond) / (1_000 * bytesPerFrame);
  const last = Math.floor((fileBytes - audioFrom) / bytesPerFrame);
  // Rounded inwards: never a sample more than the part.
  const end = Math.min(last, Math.floor(frames(toMs)));
  const begin = Math.min(end, Math.ceil(frames(fromMs)));
  return {
    header: headerOf(format, (end - begin) * bytesPerFrame),
    from: audioFrom + begin * bytesPerFrame,
    to: audioFrom + end * bytesPerFrame,
    durationMs: Math.floor(((end - begin) * bytesPerFrame * 1_000) / bytesPerSecond),
  };
};

/**
 * A part of a wav file that comes in pieces, as a wav file of its own; a piece is held at a time.
 * @param fileBytes length of the whole file
 * @throws Error, here or from `data`, when it is no wav file, or ends before the part does
 */
export const wavPart = async (
  file: AsyncIterator<Uint8Array>,
  fileBytes: number,
  part: AudioPart,
): Promise<{ readonly durationMs: number; readonly data: AsyncIterable<Uint8Array> }> => {
  let start: Buffer = Buffer.alloc(0);
  let format: WavFormat | undefined;
  while (!format) {
    const next = await file.next();
    if (next.done) throw new Error('The recording ends before its audio begins');
    start = Buffer.concat([start, next.value]);
    format = formatOf(start);
  }
  const { header, from, to, durationMs } = cutOf(format, fileBytes, part);
  const data = async function* data(): AsyncGenerator<Uint8Array> {
    try {
      yield header;
      let at = 0;
      for (let piece: Uint8Array = start; at < to;) {
        const [begin, end] = [Math.max(0, from - at), Math.min(piece.length, to - at)];
        if (begin < end) yield piece.subarray(begin, end);
        at += piece.length;
        if (at >= to) return;
        const next = await file.next();
        if (next.done) throw new Error(`The recording ends after ${at} of ${fileBytes} bytes`);
        piece = next.value;
      }
    } finally {
      await file.return?.();
    }
  };
  return { durationMs, data: data() };
};
