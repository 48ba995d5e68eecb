import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeDataFolder, type DataFolder } from './data-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a disk without room is told before anything starts', async () => {
  await expect(takeDataFolder(join(folder, 'small'), false, 1e18)).rejects.toThrow(
    /^The disk of the data folder \S+ has \d+ MB free, but 1000000000000 MB are needed: make room/,
  );
});

it('a folder that cannot be made is told with the setting that chooses another', async () => {
  await writeFile(join(folder, 'a-file'), '');
  for (const path of [join(folder, 'a-file', 'data'), '/proc/earshot', '/proc/earshot/data'])
    await expect(takeDataFolder(path, false)).rejects.toThrow(
      /^The data folder \S+ cannot be made: .*\. Set EARSHOT_DATA to another folder\.$/,
    );
});

const secretsOf = ({ exportToken, adminToken, switchPassword }: DataFolder): string[] => [
  exportToken,
  adminToken,
  switchPassword,
];

it('tokens and passwords stay the same from start to start, and are others in every folder', async () => {
  const secrets: string[] = [];
  for (const [name, fresh] of [
    ['kept', false],
    ['kept', true],
    ['other', false],
  ] as const) {
    await using data = await takeDataFolder(join(folder, name), fresh);
    secrets.push(...secretsOf(data));
  }
  expect(secrets.slice(0, 3)).toEqual(secrets.slice(3, 6));
  expect(new Set(secrets).size).toBe(6);
  for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{36}$/);
});

const rightsOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

it('nobody but its owner may enter the folder or read what is in it, also when an earlier version left it open', async () => {
  const path = join(folder, 'open');
  await mkdir(join(path, 'recordings'), { recursive: true, mode: 0o755 });
  await writeFile(join(path, 'admin-token'), 'kept', { mode: 0o600 });
  await using data = await takeDataFolder(path, false);
  expect(await rightsOf(path)).toBe('711');
  for (const name of ['logs', 'recordings']) expect(await rightsOf(join(path, name))).toBe('700');
  for (const name of ['lock', 'export-token', 'admin-token', 'switch-password'])
    expect(await rightsOf(join(path, name))).toBe('600');
  expect(data.path).toBe(path);
});

it('a folder that holds other things keeps its rights; ours in it are closed by themselves', async () => {
  const path = join(folder, 'home');
  await mkdir(join(path, 'photographs'), { recursive: true, mode: 0o755 });
  await using _data = await takeDataFolder(path, false);
  expect(await rightsOf(path)).toBe('755');
  expect(await rightsOf(join(path, 'recordings'))).toBe('700');
});

it('a folder of somebody else with names of ours is refused, and nothing in it is moved or deleted', async () => {
  const path = join(folder, 'theirs');
  for (const name of ['nats', 'logs']) await mkdir(join(path, name), { recursive: true });
  await writeFile(join(path, 'nats', 'precious'), 'x');
  for (const fresh of [true, false])
    await expect(takeDataFolder(path, fresh)).rejects.toThrow(
      /^The folder \S+ holds logs, nats, and not from Earshot: set EARSHOT_DATA to a new or empty folder\.$/,
    );
  expect(await readFile(join(path, 'nats', 'precious'), 'utf8')).toBe('x');
  expect((await readdir(path)).toSorted()).toEqual(['logs', 'nats']);
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
