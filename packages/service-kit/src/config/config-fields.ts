import type { TObject } from 'typebox';
import type { JsonSchema } from '../schema/json-schema.ts';

/** One variable of a configuration, as the schema describes it. */
export interface ConfigField {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly type: 'string' | 'integer' | 'boolean' | 'enum';
  readonly description: string;
  readonly fallback: string | number | boolean | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

/** The variables of a schema, in its order. @throws TypeError for a field that no variable can hold */
export const fieldsOf = (schema: TObject): ConfigField[] =>
  Object.entries(schema.properties as Record<string, JsonSchema>).map(([name, field]) => ({
    name,
    schema: field,
    type: typeOf(name, field),
    description: field.description ?? '',
    fallback: field.default as ConfigField['fallback'],
    required: (schema.required as readonly string[] | undefined)?.includes(name) ?? false,
    secret: field['secret'] === true,
  }));

const typeOf = (name: string, field: JsonSchema): ConfigField['type'] => {
  if (field.enum !== undefined || field.anyOf !== undefined) return 'enum';
  if (field.type === 'string' || field.type === 'integer' || field.type === 'boolean') return field.type;
  throw new TypeError(
    `The variable ${name} must be a string, an integer, a boolean or an enum in the schema.`,
  );
};
