import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeDataFolder } from './data-folder.ts';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'earshot-data-')); });
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a disk without room is told before anything starts', async () => {
  await expect(takeDataFolder(join(folder, 'small'), false, 1e18)).rejects.toThrow(/^The disk of the data folder \S+ has \d+ MB free, but 1000000000000 MB are needed: make room/);
});

it('a folder that cannot be made is told with the setting that chooses another', async () => {
  await writeFile(join(folder, 'a-file'), '');
  await expect(takeDataFolder(join(folder, 'a-file', 'data'), false)).rejects.toThrow(/^The data folder \S+ cannot be made: .*\. Set EARSHOT_DATA to another folder\.$/);
});

it('the token of the export stays the same from start to start', async () => {
  const path = join(folder, 'kept');
  const tokens: string[] = [];
  for (const fresh of [false, false, true]) {
    await using data = await takeDataFolder(path, fresh);
    tokens.push(data.exportToken);
  }
  expect(new Set(tokens).size).toBe(1);
});

it('a lock that a killed run left behind keeps nobody out', async () => {
  const path = join(folder, 'left');
  await using first = await takeDataFolder(path, false);
  expect(first.path).toBe(path);
  await writeFile(join(path, 'lock'), '999999999');
  await using second = await takeDataFolder(path, false);
  expect(second.path).toBe(path);
});

it('recordings lie where only this user may enter', async () => {
  await using data = await takeDataFolder(join(folder, 'recordings-of-this-user'), false);
  expect((await stat(data.recordings)).mode % 0o1000).toBe(0o700);
});
