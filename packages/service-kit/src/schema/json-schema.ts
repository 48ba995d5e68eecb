/** The part of JSON Schema that our TypeBox schemas are made of; anything else is left to TypeBox's own validator. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly [keyword: string]: unknown;
}

/** The same schema as plain JSON in which every object refuses fields that it does not name; `allOf` is left as it is. */
export const closed = (schema: JsonSchema): JsonSchema => {
  const inner = <T>(part: T | undefined, name: string, map: (value: T) => unknown) =>
    part === undefined ? {} : { [name]: map(part) };
  const record = (fields: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, closed(field)]));
  const isObject = schema.properties !== undefined || schema.patternProperties !== undefined;
  return {
    ...schema,
    ...inner(schema.properties, 'properties', record),
    ...inner(schema.patternProperties, 'patternProperties', record),
    ...inner(schema.items, 'items', closed),
    ...inner(schema.anyOf, 'anyOf', (choices) => choices.map(closed)),
    ...(isObject && schema.additionalProperties === undefined ? { additionalProperties: false } : {}),
  };
};
