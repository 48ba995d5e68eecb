import { settingsSchemas } from '@earshot/contracts';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { closed, type JsonSchema } from './json-schema.ts';
import { problemsOf } from './problems.ts';

const line = {
  number: '+41445550100',
  name: 'Support',
  type: 'phone',
  route: { to: 'group', groupId: 'support' },
};
const problems = (kind: keyof typeof settingsSchemas, value: unknown) =>
  problemsOf(closed(settingsSchemas[kind] as unknown as JsonSchema), value);

test('a line that is right has no problems', () => expect(problems('lines', line)).toEqual([]));

test('every field of a line that is wrong is named with a reason', () => {
  expect(
    problems('lines', { number: '0445550100', name: '', type: 'fax', route: { to: 'group' }, colour: 'red' }),
  ).toEqual([
    { field: 'number', reason: 'must match ^\\+[1-9][0-9]{6,14}$ (E.164)' },
    { field: 'name', reason: 'must not be empty' },
    { field: 'type', reason: 'must be "phone" or "digital"' },
    { field: 'route.groupId', reason: 'is missing' },
    { field: 'colour', reason: 'is not a known field' },
  ]);
});

test('a route to nowhere names the places there are', () => {
  expect(problems('lines', { ...line, route: { to: 'moon' } })).toEqual([
    { field: 'route.to', reason: 'must be "group", "extension" or "menu"' },
  ]);
});

test('the member of a ring group that is wrong is named by its place', () => {
  expect(
    problems('ring-groups', {
      name: 'Support',
      members: [
        { extension: '1001', supervisor: true },
        { extension: 'x', supervisor: 'yes' },
      ],
    }),
  ).toEqual([
    { field: 'members.1.extension', reason: 'must match ^[0-9]{2,8}$ (Extension, 2 to 8 digits)' },
    { field: 'members.1.supervisor', reason: 'must be true or false' },
  ]);
});

test('a menu refuses a key that no phone has', () => {
  expect(
    problems('menus', { greetingId: 'hello', routes: { x: { to: 'group', groupId: 'sales' } } }),
  ).toEqual([{ field: 'routes.x', reason: 'is not a known field' }]);
});

test('an extension whose line is neither an id nor null is told what an id is', () => {
  expect(problems('extensions', { name: 'Olivia', outboundLineId: null })).toEqual([]);
  expect(problems('extensions', { name: 'Olivia', outboundLineId: 'Not An Id' })).toMatchObject([
    { field: 'outboundLineId' },
  ]);
});

test('whatever comes in, there are problems exactly when the schema refuses it, each with a reason, and no value is repeated', () => {
  const secret = 'VERY-PERSONAL';
  const junk = fc.oneof(
    fc.constant(secret),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.constant(secret), { maxLength: 2 }),
    fc.jsonValue(),
  );
  for (const [kind, schema] of Object.entries(settingsSchemas)) {
    const strict = closed(schema as unknown as JsonSchema);
    const validator = Compile(strict as never);
    const names = Object.keys(strict.properties ?? {});
    fc.assert(
      fc.property(
        fc.oneof(
          junk,
          fc.record(Object.fromEntries(names.map((name) => [name, junk])), { requiredKeys: [] }),
        ),
        (value) => {
          const found = problemsOf(strict, value);
          expect([kind, found.length === 0]).toEqual([kind, validator.Check(value)]);
          for (const { reason } of found) {
            expect(reason).not.toBe('');
            expect(reason).not.toContain(secret);
          }
        },
      ),
      { numRuns: 100 },
    );
  }
});
