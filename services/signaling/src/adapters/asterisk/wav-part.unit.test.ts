import { samplesOf, wavOf } from '@earshot/asterisk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wavPart } from './wav-part.ts';

const samplesPerMs = 8;
/** Every sample tells its place. */
const audio = (ms: number): Buffer =>
  wavOf(Int16Array.from({ length: ms * samplesPerMs }, (_, place) => (place % 60_000) - 30_000));

async function* inPieces(file: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}

const cut = async (file: Buffer, fromMs: number, toMs: number, size = 1_000) => {
  const { durationMs, data } = await wavPart(inPieces(file, size), file.length, { fromMs, toMs });
  return { durationMs, part: Buffer.concat(await Array.fromAsync(data)) };
};

describe('a part of a wav file', () => {
  it('has the samples of the part and no other, in a file that says how long it is', async () => {
    const whole = samplesOf(audio(500));
    const size = fc.integer({ min: 1, max: 9_000 });
    const ms = fc.integer({ min: 0, max: 600 });
    await fc.assert(
      fc.asyncProperty(ms, ms, size, async (one, other, pieces) => {
        const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other)];
        const { durationMs, part } = await cut(audio(500), fromMs, toMs, pieces);
        const expected = whole.subarray(fromMs * samplesPerMs, toMs * samplesPerMs);
        expect(samplesOf(part)).toEqual(expected);
        expect(durationMs).toBe(expected.length / samplesPerMs);
        expect(part.readUInt32LE(4)).toBe(part.length - 8);
        expect(part.readUInt32LE(40)).toBe(part.length - 44);
      }),
    );
  });

  it('does not believe a header that was never finished, and drops what is no audio', async () => {
    const file = audio(100);
    const other = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const odd = Buffer.concat([file.subarray(0, 36), other, file.subarray(36)]);
    odd.writeUInt32LE(0, odd.indexOf('data') + 4);
    const { part } = await cut(odd, 10, 20);
    expect(samplesOf(part)).toEqual(samplesOf(file).subarray(80, 160));
    expect(part).toHaveLength(44 + 160);
  });

  it('is refused when the file breaks off before the part ends, and when it is no wav file', async () => {
    const file = audio(100);
    const { data } = await wavPart(inPieces(file.subarray(0, 800), 100), file.length, {
      fromMs: 0,
      toMs: 100,
    });
    await expect(Array.fromAsync(data)).rejects.toThrow('ends after 800 of 1644 bytes');
    await expect(cut(Buffer.alloc(5_000), 0, 1)).rejects.toThrow('no wav file');
    await expect(cut(file.subarray(0, 30), 0, 1)).rejects.toThrow('before its audio begins');
  });
});
