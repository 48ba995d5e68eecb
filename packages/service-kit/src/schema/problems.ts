import { Compile } from 'typebox/compile';
import type { JsonSchema } from './json-schema.ts';

/** What is wrong with one field of an input: `field` is a path such as `members.0.extension`, `` for the whole; `reason` continues a sentence about it. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
}

/**
 * Everything that a value lacks to match a schema, in sentences that a person can act on; empty when it matches.
 * The values themselves are not repeated: they may be personal data, and the reasons reach logs and support tickets.
 */
export const problemsOf = (schema: JsonSchema, value: unknown): Problem[] => problemFinder(schema)(value);

/** `problemsOf` for a schema that many values are held against. */
export const problemFinder = (schema: JsonSchema): ((value: unknown) => Problem[]) => {
  const validator = Compile(schema as never);
  return (value) => {
    if (validator.Check(value)) return [];
    const found = explain(schema, value, '');
    return found.length > 0
      ? found
      : [...validator.Errors(value)].map((error) => ({
          field: error.instancePath.slice(1).replaceAll('/', '.'),
          reason: error.message,
        }));
  };
};

const explain = (schema: JsonSchema, value: unknown, field: string): Problem[] => {
  const wrong = (reason: string): Problem[] => [{ field, reason }];
  if (schema.anyOf !== undefined) return explainUnion(schema.anyOf, value, field);
  if ('const' in schema)
    return value === schema.const ? [] : wrong(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum !== undefined)
    return schema.enum.includes(value) ? [] : wrong(`must be ${oneOf(schema.enum)}`);
  if (schema.type === 'object')
    return isRecord(value) ? explainObject(schema, value, field) : wrong('must be an object');
  if (schema.type === 'array')
    return Array.isArray(value) ? explainArray(schema, value, field) : wrong('must be a list');
  if (schema.type === 'string') return explainString(schema, value).flatMap(wrong);
  if (schema.type === 'integer' || schema.type === 'number')
    return explainNumber(schema, value).flatMap(wrong);
  if (schema.type === 'boolean') return typeof value === 'boolean' ? [] : wrong('must be true or false');
  if (schema.type === 'null') return value === null ? [] : wrong('must be null');
  return [];
};

const explainString = (schema: JsonSchema, value: unknown): string[] => {
  if (typeof value !== 'string') return ['must be a text'];
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  if (value === '' && minLength > 0) return ['must not be empty'];
  if (value.length < minLength) {
    const why = schema['secret'] === true ? ', drawn at random: nobody may guess it' : '';
    return [`must have at least ${minLength} characters${why}`];
  }
  if (value.length > maxLength) return [`must have at most ${maxLength} characters`];
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return [];
  return [`must match ${pattern}${schema.description === undefined ? '' : ` (${schema.description})`}`];
};

const explainNumber = (schema: JsonSchema, value: unknown): string[] => {
  const { minimum, maximum } = schema;
  const right =
    typeof value === 'number' &&
    (schema.type === 'number' || Number.isInteger(value)) &&
    value >= (minimum ?? -Infinity) &&
    value <= (maximum ?? Infinity);
  if (right) return [];
  const range =
    minimum !== undefined && maximum !== undefined
      ? ` from ${minimum} to ${maximum}`
      : minimum !== undefined
        ? ` of at least ${minimum}`
        : maximum !== undefined
          ? ` of at most ${maximum}`
          : '';
  return [`must be ${schema.type === 'integer' ? 'an integer' : 'a number'}${range}`];
};

const explainArray = (schema: JsonSchema, values: readonly unknown[], field: string): Problem[] => {
  if (values.length < (schema.minItems ?? 0))
    return [{ field, reason: `must have at least ${schema.minItems} entries` }];
  if (values.length > (schema.maxItems ?? Infinity))
    return [{ field, reason: `must have at most ${schema.maxItems} entries` }];
  return schema.items === undefined
    ? []
    : values.flatMap((value, index) => explain(schema.items ?? {}, value, at(field, String(index))));
};

const explainObject = (
  schema: JsonSchema,
  value: Readonly<Record<string, unknown>>,
  field: string,
): Problem[] => {
  const missing = (schema.required ?? [])
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => ({ field: at(field, name), reason: 'is missing' }));
  const present = Object.entries(value).flatMap(([name, inner]) => {
    const known = schemaOfField(schema, name);
    return known === undefined
      ? [{ field: at(field, name), reason: 'is not a known field' }]
      : explain(known, inner, at(field, name));
  });
  return [...missing, ...present];
};

const schemaOfField = (schema: JsonSchema, name: string): JsonSchema | undefined => {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name))
    return schema.properties[name];
  const patterned = Object.entries(schema.patternProperties ?? {}).find(([pattern]) =>
    new RegExp(pattern, 'u').test(name),
  );
  if (patterned !== undefined) return patterned[1];
  if (schema.additionalProperties === false) return undefined;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
};

/** Explains the member of a union that was most likely meant: the one whose literal field (`to: "group"`) matches, or the only one of that type. */
const explainUnion = (choices: readonly JsonSchema[], value: unknown, field: string): Problem[] => {
  const literals = choices.flatMap((choice) =>
    'const' in choice ? [choice.const] : choice.type === 'null' ? [null] : [],
  );
  if (literals.length === choices.length)
    return literals.includes(value) ? [] : [{ field, reason: `must be ${oneOf(literals)}` }];
  const attempts = choices.map((choice) => explain(choice, value, field));
  if (attempts.some((attempt) => attempt.length === 0)) return [];
  const tag = Object.keys(choices[0]?.properties ?? {}).find((name) =>
    choices.every((choice) => 'const' in (choice.properties?.[name] ?? {})),
  );
  if (tag !== undefined && isRecord(value)) {
    const meant = choices.findIndex((choice) => choice.properties?.[tag]?.const === value[tag]);
    return (
      attempts[meant] ?? [
        {
          field: at(field, tag),
          reason: `must be ${oneOf(choices.map((choice) => choice.properties?.[tag]?.const))}`,
        },
      ]
    );
  }
  return attempts.find((_, index) => choices[index]?.type !== 'null') ?? [];
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (field: string, name: string): string => (field === '' ? name : `${field}.${name}`);
const oneOf = (values: readonly unknown[]): string => {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
};
