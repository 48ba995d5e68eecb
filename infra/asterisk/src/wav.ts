/** 8000 samples a second, one channel, 16 bits: what a telephone hears. */
export const sampleRate = 8000;

/** A wav file of these samples. */
export const wavOf = (samples: Int16Array): Buffer => {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
};

/** Samples of a mono 16 bit wav file, also of one that is still being written (its header may hold no length yet). */
export const samplesOf = (wav: Buffer): Int16Array => {
  const marker = wav.indexOf('data');
  const start = marker < 0 ? 44 : marker + 8;
  const count = Math.max(0, Math.floor((wav.length - start) / 2));
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i += 1) samples[i] = wav.readInt16LE(start + i * 2);
  return samples;
};
