import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filePaths, pages, root, sources } from './sources.ts';

const product = readFileSync(join(root, 'docs/product.md'), 'utf8');
const rules = new Set([...product.matchAll(/^(?:## |\*\*)(\d+(?:\.\d+)?)/gm)].map(([, number]) => number));
const cited = [...sources, ...pages].flatMap(({ path, text }) =>
  [...text.matchAll(/product\.md (\d+(?:\.\d+)?)/g)].map(([, number]) => ({ path, number })),
);

it('every rule of the product that is cited stands in docs/product.md', () => {
  expect(cited.length).toBeGreaterThan(10);
  expect(
    cited.filter(({ number }) => !rules.has(number)).map(({ path, number }) => `${path}: ${number}`),
  ).toEqual([]);
});

it('a page that is cited or linked to is in the repository', () => {
  const known = new Set(pages.map(({ path }) => path));
  const missing = [...sources, ...pages].flatMap(({ path, text }) =>
    [...text.matchAll(/\b(docs\/[a-z0-9-]+(?:\/[a-z0-9-]+)*\.md)\b/g)].flatMap(([, page = '']) =>
      known.has(page) ? [] : [`${path}: ${page}`],
    ),
  );
  expect(missing).toEqual([]);
});

it('a file that a page names is in the repository', () => {
  // What comes into being while it runs, and what a recipe makes up.
  const notOurs = ['addresses.json'];
  const madeUp = /<|\/wallboard\//;
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`([\w./<>-]+\.(?:ts|mjs|sql|md|json))`/g)].map(([, file = '']) => ({ path, file })),
  );
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter(
    ({ file }) =>
      !madeUp.test(file) &&
      !notOurs.includes(file) &&
      !filePaths.some((known) => `/${known}`.endsWith(`/${file}`)),
  );
  expect(missing.map(({ path, file }) => `${path}: ${file}`)).toEqual([]);
});

it('the glossary explains each word once', () => {
  const glossary = readFileSync(join(root, 'GLOSSARY.md'), 'utf8');
  const words = [...glossary.matchAll(/^\| ([^|]+?) \|/gm)].map(([, word = '']) => word);
  expect(words.length).toBeGreaterThan(40);
  expect(words.filter((word, place) => words.indexOf(word) !== place)).toEqual([]);
});

it('the rules are numbered without a gap', () => {
  for (const section of [1, 2, 3]) {
    const numbers = [...rules]
      .filter((number) => number?.startsWith(`${section}.`))
      .map((number) => Number(number?.split('.')[1]));
    expect(numbers).toEqual(numbers.map((_, place) => place + 1));
  }
});
