import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecordingStore } from './recording-store.ts';

const pieces = (...texts: readonly string[]): AsyncIterable<Uint8Array> =>
  (async function* data() {
    for (const text of texts) yield new TextEncoder().encode(text);
  })();
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode % 0o1000;

describe('the folder of recordings', () => {
  let parent: string;
  let count = 0;
  const newFolder = (): string => join(parent, `recordings-${(count += 1)}`);
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'earshot-store-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it('and its files are for their owner only', async () => {
    const folder = newFolder();
    await openRecordingStore(folder).put('r1.wav', pieces('one', 'two'));
    expect(await readFile(join(folder, 'r1.wav'), 'utf8')).toBe('onetwo');
    expect([await modeOf(folder), await modeOf(join(folder, 'r1.wav'))]).toEqual([0o700, 0o600]);
  });

  it('holds whole files only, and what broke off is gone', async () => {
    const folder = newFolder();
    const store = openRecordingStore(folder);
    const seen: (readonly string[])[] = [];
    const breaksOff = (async function* data() {
      yield new Uint8Array(1_000);
      seen.push((await readdir(folder)).filter((name) => name.endsWith('.wav')));
      throw new Error('the switch went away');
    })();
    await expect(store.put('r1.wav', breaksOff)).rejects.toThrow('the switch went away');
    expect(seen).toEqual([[]]);
    expect(await readdir(folder, { recursive: true })).toEqual(['.unfinished']);
    expect(await store.has('r1')).toBe(false);
  });

  it('puts a file anew in the place of the old one, and removes what a process that died left unfinished', async () => {
    const folder = newFolder();
    const store = openRecordingStore(folder);
    await store.put('r1.wav', pieces('old'));
    await writeFile(join(folder, '.unfinished', 'r1.wav.of-the-dead'), 'half');
    await store.put('r1.wav', pieces('new'));
    expect(await readFile(join(folder, 'r1.wav'), 'utf8')).toBe('new');
    expect(await readdir(join(folder, '.unfinished'))).toEqual([]);
    expect(await store.has('r1')).toBe(true);
    expect(await store.has('r')).toBe(false);
  });

  it('takes a piece only when the one before is in the file, so that a long recording is not held in memory', async () => {
    const folder = newFolder();
    const piece = new Uint8Array(64_000);
    const unwritten: number[] = [];
    const long = (async function* data() {
      for (let n = 0; n < 200; n += 1) {
        yield piece;
        const [name = ''] = await readdir(join(folder, '.unfinished'));
        unwritten.push((n + 1) * piece.length - (await stat(join(folder, '.unfinished', name))).size);
      }
    })();
    await openRecordingStore(folder).put('r1.wav', long);
    expect(unwritten.every((bytes) => bytes === 0)).toBe(true);
    expect((await stat(join(folder, 'r1.wav'))).size).toBe(200 * piece.length);
  });

  it('says what is wrong with it and what to do', async () => {
    const folder = newFolder();
    await writeFile(folder, 'a file');
    await expect(openRecordingStore(folder).put('r1.wav', pieces('x'))).rejects.toThrow(
      /recordings folder .* cannot be written: .*Make room/,
    );
    await expect(openRecordingStore('/dev/full/below').put('r1.wav', pieces('x'))).rejects.toThrow(
      'cannot be written',
    );
  });

  it('takes no name that leads out of it', async () => {
    const folder = newFolder();
    for (const name of ['../r1.wav', '/tmp/r1.wav', '..', '.hidden', 'a/b.wav']) {
      await expect(openRecordingStore(folder).put(name, pieces('x'))).rejects.toThrow('no file name');
      expect(await openRecordingStore(folder).has(name)).toBe(false);
    }
    expect(await readdir(parent)).not.toContain('r1.wav');
  });
});
