import { expect, test } from 'vitest';
import { Compile } from 'typebox/compile';
import { settingsSchemas, type SettingsKind } from './kinds.ts';

const line = (name: string) => ({ number: '+41445550100', name, type: 'phone', route: { to: 'group', groupId: 'support' } });
const values: readonly (readonly [SettingsKind, (text: string) => object])[] = [
  ['lines', line],
  ['extensions', (name) => ({ name, outboundLineId: null })],
  ['ring-groups', (name) => ({ name, members: [] })],
  ['greetings', (text) => ({ kind: 'available', language: 'en', text })],
];

test.each(values)('a text of %s is refused when no database can hold it or nobody can read it', (kind, valueWith) => {
  const check = Compile(settingsSchemas[kind]);
  const verdicts = ['Support', 'Zürich 🎧', 'a\u0000b', 'a\ud800b', '\udc00', ''].map((text) => check.Check(valueWith(text)));
  expect(verdicts).toEqual([true, true, false, false, false, false]);
});

test('a name is one line, a greeting may have several', () => {
  expect(Compile(settingsSchemas.lines).Check(line('one\ntwo'))).toBe(false);
  expect(Compile(settingsSchemas.greetings).Check({ kind: 'available', language: 'en', text: 'one\ntwo' })).toBe(true);
});
