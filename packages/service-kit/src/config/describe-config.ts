import type { TObject } from 'typebox';
import { fieldsOf, type ConfigField } from './config-fields.ts';

/** All variables of a configuration as text for `--help`: name, what it means, what it may be, its default. */
export const describeConfig = (schema: TObject): string =>
  fieldsOf(schema)
    .map(
      (field) =>
        `  ${field.name}\n      ${[field.description, kind(field), fallback(field)].filter((part) => part !== '').join('. ')}.`,
    )
    .join('\n');

const kind = ({ type, schema }: ConfigField): string => {
  if (type === 'enum') return `One of ${choices(schema).join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'integer' && schema.minimum !== undefined && schema.maximum !== undefined)
    return `Integer from ${schema.minimum} to ${schema.maximum}`;
  return type === 'integer' ? 'Integer' : '';
};

const choices = (schema: ConfigField['schema']): unknown[] => [
  ...(schema.enum ?? schema.anyOf?.map((choice) => choice.const) ?? []),
];

const fallback = (field: ConfigField): string => {
  if (field.fallback !== undefined) return `Default: ${field.fallback}`;
  return field.required ? 'Required' : 'Optional';
};
