import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { folders, importsOf, isForTests, root, sources } from './sources.ts';
import type { Source } from './sources.ts';

const packages = ['packages/contracts', 'packages/event-log', 'packages/service-kit'];
const servers = ['infra/nats', 'infra/postgres', 'infra/asterisk'];

/** What a room may import besides itself. Nothing stands on what stands on it, so there is no circle. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  'packages/event-log': ['packages/contracts'],
  'packages/service-kit': ['packages/contracts', 'packages/event-log'],
  'services/signaling': packages,
  'services/supervision': packages,
  'services/recording-consent': packages,
  'services/reporting': packages,
  'infra/processes': [],
  'infra/nats': ['packages/contracts', 'infra/processes'],
  'infra/postgres': ['packages/contracts', 'infra/processes'],
  'infra/asterisk': ['packages/contracts', 'infra/processes'],
  // It runs the whole and shows what happens, so it reads the log, too.
  'infra/local': ['packages/contracts', 'packages/event-log', 'infra/processes', ...servers],
  testkit: [...packages, 'infra/processes', ...servers],
};
/** What tests may import, wherever they stand; those below `tests/` may import everything. */
const forTests = ['testkit', 'infra/processes', ...servers];

// A folder without a package is what a room that moved left behind: its installed packages, which git does not know.
const rooms = folders.filter(
  (path) =>
    /^(packages|services|infra)\/[^/]+$|^testkit$/.test(path) && existsSync(join(root, path, 'package.json')),
);
const roomOf = (path: string): string | undefined => rooms.find((room) => path.startsWith(`${room}/`));
const roomByName = new Map(
  rooms.map((room) => [
    (JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as { name: string }).name,
    room,
  ]),
);

const roomImported = ({ path }: Source, name: string): string | undefined =>
  name.startsWith('.')
    ? roomOf(normalize(join(dirname(path), name)))
    : roomByName.get(/^@[^/]+\/[^/]+/.exec(name)?.[0] ?? '');

it('every room says what it may import', () => {
  expect(rooms.toSorted()).toEqual(Object.keys(mayImport).toSorted());
});

it('a room imports only what it stands on', () => {
  const against = sources.flatMap((source) => {
    const room = roomOf(source.path);
    if (room === undefined) return [];
    const allowed = new Set([room, ...(mayImport[room] ?? []), ...(isForTests(source) ? forTests : [])]);
    return importsOf(source)
      .filter((name) => !allowed.has(roomImported(source, name) ?? room))
      .map((name) => `${source.path}: ${name}`);
  });
  expect(against).toEqual([]);
});

it('a room enters another by its door, never by one of its files', () => {
  const through = sources
    .filter(({ path }) => !path.startsWith('tests/'))
    .flatMap((source) =>
      importsOf(source)
        .filter((name) => name.startsWith('.') && roomImported(source, name) !== roomOf(source.path))
        .map((name) => `${source.path}: ${name}`),
    );
  expect(through).toEqual([]);
});

it('the package of a room depends on what the room may import', () => {
  const against = rooms.flatMap((room) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    return Object.keys(dependencies)
      .filter((name) => roomByName.has(name) && !(mayImport[room] ?? []).includes(roomByName.get(name) ?? ''))
      .map((name) => `${room}: ${name}`);
  });
  expect(against).toEqual([]);
});
