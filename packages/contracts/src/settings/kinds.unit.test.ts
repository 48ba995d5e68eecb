import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { settingsSchemas, type SettingsKind } from './kinds.ts';

/** A value of each kind that has texts, with this text in all their places. */
const withText = {
  lines: (text: string) => ({
    number: '+41445550100',
    name: text,
    type: 'phone',
    route: { to: 'group', groupId: 'support' },
  }),
  extensions: (text: string) => ({ name: text, outboundLineId: null }),
  'ring-groups': (text: string) => ({ name: text, members: [] }),
  greetings: (text: string) => ({ kind: 'available', language: 'en', text }),
} satisfies Partial<Record<SettingsKind, (text: string) => unknown>>;
const kinds = Object.keys(withText) as (keyof typeof withText)[];

const takes = (kind: keyof typeof withText, text: string): boolean =>
  Compile(settingsSchemas[kind]).Check(withText[kind](text));

test.each(kinds)('the texts of %s are taken in every language', (kind) => {
  for (const text of ['Support', 'Zoë Müller-O’Brien', '客服', 'خدمة العملاء', '🎧 Help'])
    expect([text, takes(kind, text)]).toEqual([text, true]);
});

test.each(kinds)(
  'the texts of %s hold no character that a database, a log line or a telephone cannot carry',
  (kind) => {
    const unfit = fc.oneof(
      fc.constantFrom('\0', '\u0007', '\u001B', '\u007F', '\u0085', '\u009B'),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCodePoint(code)),
    );
    const around = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(
        around,
        unfit,
        around,
        (before, character, after) => !takes(kind, `${before}${character}${after}`),
      ),
      { numRuns: 1000 },
    );
  },
);

test('a name is one line, a greeting may be several', () => {
  for (const kind of kinds) expect([kind, takes(kind, 'two\nlines')]).toEqual([kind, kind === 'greetings']);
});

test('a text has an end', () => {
  for (const kind of kinds)
    expect([kind, takes(kind, 'x'.repeat(1001)), takes(kind, '')]).toEqual([kind, false, false]);
});

const textsOf = (schema: object, path: string): string[] => {
  const { type, pattern, ...parts } = schema as { readonly type?: string; readonly pattern?: string };
  const inner = Object.entries(parts).flatMap(([name, part]) =>
    typeof part === 'object' && part !== null ? textsOf(part, `${path}.${name}`) : [],
  );
  return type === 'string' && pattern === undefined && !('const' in parts) ? [path, ...inner] : inner;
};

test('no kind has a text that takes anything', () => {
  expect(Object.entries(settingsSchemas).flatMap(([kind, schema]) => textsOf(schema, kind))).toEqual([]);
});

test('a ring group of before is taken as it is, and a supervisor has some mode or no mark', () => {
  const group = Compile(settingsSchemas['ring-groups']);
  const takesMember = (more: object): boolean =>
    group.Check({ name: 'Support', members: [{ extension: '1001', supervisor: true, ...more }] });
  for (const more of [{}, { modes: ['spy'] }, { modes: ['barge', 'whisper'], supervisable: false }])
    expect([more, takesMember(more)]).toEqual([more, true]);
  for (const more of [{ modes: [] }, { modes: ['spy', 'spy'] }, { modes: ['coach'] }, { supervisable: 'no' }])
    expect([more, takesMember(more)]).toEqual([more, false]);
});
