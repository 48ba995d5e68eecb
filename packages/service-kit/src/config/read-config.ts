import type { Static, TObject, TProperties } from 'typebox';
import { problemsOf } from '../schema/problems.ts';
import { fieldsOf, type ConfigField } from './config-fields.ts';
import { nearestName } from './nearest-name.ts';

/** The environment does not make a configuration; `problems` says all that is wrong, one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** A configuration, and what looks odd about the environment without being wrong. */
export interface ReadConfig<P extends TProperties> {
  readonly config: Readonly<Static<TObject<P>>>;
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration from environment variables, by default those of this process. An empty variable counts as unset.
 * @throws ConfigError naming every problem at once
 */
export const readConfig = <P extends TProperties>(
  schema: TObject<P>,
  env: Environment = process.env,
): ReadConfig<P> => {
  const fields = fieldsOf(schema);
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const field of fields) {
    const text = env[field.name];
    if (text === undefined || text === '') {
      if (field.fallback !== undefined) config[field.name] = field.fallback;
      else if (field.required) problems.push(`${field.name} is missing: ${field.description}`);
      continue;
    }
    const value = converted(field, text);
    const found = problemsOf(field.schema, value);
    if (found.length === 0) config[field.name] = value;
    else
      problems.push(
        ...found.map(
          ({ reason }) => `${field.name} ${reason}${field.secret ? '' : `, but is ${JSON.stringify(text)}`}`,
        ),
      );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: config as Static<TObject<P>>, warnings: unknownNames(fields, env) };
};

const converted = (field: ConfigField, text: string): unknown => {
  if (field.type === 'integer') return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : text;
  if (field.type === 'boolean')
    return (
      ({ true: true, 1: true, false: false, 0: false } as Record<string, boolean>)[
        text.trim().toLowerCase()
      ] ?? text
    );
  return text;
};

const unknownNames = (fields: readonly ConfigField[], env: Environment): string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith('EARSHOT_') && !fields.some((field) => field.name === name))
    .map((name) => {
      const near =
        nearestName(
          name,
          fields.map((field) => field.name),
        ) ??
        nearestName(
          name.slice('EARSHOT_'.length),
          fields.map((field) => field.name),
        );
      return `${name} is set, but nothing reads it${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
