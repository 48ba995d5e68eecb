import { expect, it } from 'vitest';
import { codeOf, folders, importsOf, isForTests, sources } from './sources.ts';
import type { Source } from './sources.ts';

const inDomain = (source: Source) => source.path.includes('/src/domain/') && !isForTests(source);
const paths = (found: readonly Source[]) => found.map(({ path }) => path);

it('a decision about a call imports contracts, the decider types and its own room only', () => {
  const pure = new Set(['@earshot/contracts', '@earshot/event-log', 'typebox']);
  const allowed = (name: string) => pure.has(name) || name.startsWith('.');
  const outside = sources.filter(inDomain).flatMap((source) =>
    importsOf(source)
      .filter((name) => !allowed(name))
      .map((name) => `${source.path}: ${name}`),
  );
  expect(outside).toEqual([]);
});

it('a decision about a call stays within the domain folder', () => {
  const leaving = sources.filter(inDomain).flatMap((source) => {
    const depth = source.path.split('/src/domain/')[1]?.split('/').length ?? 1;
    return importsOf(source)
      .filter((name) => (name.match(/\.\.\//g)?.length ?? 0) >= depth)
      .map((name) => `${source.path}: ${name}`);
  });
  expect(leaving).toEqual([]);
});

it('a decision about a call reads no clock', () => {
  expect(
    paths(
      sources.filter((source) => inDomain(source) && /\bnew Date\(\s*\)|\bDate\(\)/.test(codeOf(source))),
    ),
  ).toEqual([]);
});

// The paths of Zendesk's API have the same word in them.
const withoutZendesk = (source: Source) => codeOf(source).replaceAll(/channels\\?\/voice/g, '');

it('the words of one switch appear only where that switch is', () => {
  const home =
    /^(services\/signaling\/src\/adapters\/asterisk\/|infra\/asterisk\/|testkit\/|tests\/(telephony|architecture|benchmarks|faults)\/)/;
  // They name the switch that a person chooses; they do not speak to it.
  const chooses =
    /^(services\/signaling\/src\/(config|main|service|open-switch|adapters\/[^/]+)\.ts|services\/signaling\/src\/.*\.test\.ts|infra\/local\/|packages\/service-kit\/src\/config\/.*\.test\.ts|vitest\.config\.ts)/;
  const wrong = sources.filter(
    (source) =>
      !home.test(source.path) &&
      !chooses.test(source.path) &&
      /\b(ARI|asterisk|stasis|channels?)\b/i.test(withoutZendesk(source)),
  );
  expect(paths(wrong)).toEqual([]);
});

it('the subjects of the log are written in the contracts only', () => {
  const home = /^(packages\/contracts\/|tests\/|infra\/nats\/)/;
  const wrong = sources.filter(
    (source) =>
      !home.test(source.path) &&
      !isForTests(source) &&
      /['"`](calls|settings|dead-letters)\.(\$\{|\*|>|[0-9])/.test(codeOf(source)),
  );
  expect(paths(wrong)).toEqual([]);
});

it('no folder has a name that says nothing', () => {
  expect(folders.filter((path) => /(^|\/)(common|shared|utils|util|core|lib|helpers)$/.test(path))).toEqual(
    [],
  );
});

it('no file is longer than 400 lines', () => {
  expect(paths(sources.filter(({ text }) => text.split('\n').length > 401))).toEqual([]);
});

/** Lines of each test of a file that are neither empty nor a comment; the tables of `it.each` are no lines of a test. */
const testLengths = (text: string): readonly number[] => {
  const lines = text.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line));
  return lines.flatMap((line, begin) => {
    const indent = /^(\s*)(it|test)(\.\w+)*\(/.exec(line)?.[1];
    if (indent === undefined || /\.each[<(]/.test(line)) return [];
    const end = lines.findIndex(
      (other, place) => place > begin && /^[)}]/.test(other.slice(indent.length)) && other.startsWith(indent),
    );
    return end < 0 ? [] : [end - begin + 1];
  });
};

it('a test is told in at most 60 lines', () => {
  const tests = sources.filter(({ path }) => /\.(test|contract)\.ts$/.test(path));
  expect(tests.flatMap(({ text }) => testLengths(text)).length).toBeGreaterThan(500);
  expect(paths(tests.filter(({ text }) => testLengths(text).some((length) => length > 60)))).toEqual([]);
});

it('files are named in kebab-case', () => {
  expect(
    paths(sources.filter(({ path }) => !/(^|\/)[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(path))),
  ).toEqual([]);
});

it('no file knows a folder of the machine it was written on', () => {
  expect(
    paths(
      sources.filter(
        ({ path, text }) =>
          !path.startsWith('tests/architecture/') && /['"`](\/root\/|\/home\/|\/work\/|\/Users\/)/.test(text),
      ),
    ),
  ).toEqual([]);
});

it('there are no enums and no namespaces, which Node.js cannot run as they are', () => {
  expect(
    paths(sources.filter((source) => /^\s*(export )?(const )?(enum|namespace) \w/m.test(codeOf(source)))),
  ).toEqual([]);
});

it('infra and the testkit are written in the dialect of the rest: arrow functions, interfaces', () => {
  const home = /^(infra|testkit)\//;
  const other = /^\s*(export )?(async )?function \w|^(export )?type \w+ = (\w+ & )?\{\n(?! *\[\w+ in )/m;
  const wrong = sources.filter((source) => home.test(source.path) && other.test(codeOf(source)));
  expect(paths(wrong)).toEqual([]);
});
