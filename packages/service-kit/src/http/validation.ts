import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { closed, type JsonSchema } from '../schema/json-schema.ts';
import { problemFinder } from '../schema/problems.ts';
import type { HttpServer } from './http-server.ts';
import { HttpProblem } from './problem.ts';

const places: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'headers' };

/**
 * Checks requests with TypeBox. A body is taken as it is: nothing is converted, and a field that the schema does not
 * name is refused (422). Query, path and headers are texts, so they are converted and defaulted first (400).
 */
export const validateWithTypeBox = (server: HttpServer): void => {
  server.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart === 'body') {
      const find = problemFinder(closed(schema as JsonSchema));
      return (value: unknown) => {
        const errors = find(value);
        return errors.length === 0
          ? { value }
          : { error: new HttpProblem(422, 'The body is not what this route takes.', { errors }) };
      };
    }
    const find = problemFinder(schema as JsonSchema);
    return (texts: unknown) => {
      const value = Value.Convert(schema as TSchema, Value.Default(schema as TSchema, Value.Clone(texts)));
      const errors = find(value);
      return errors.length === 0
        ? { value }
        : {
            error: new HttpProblem(
              400,
              `The ${places[httpPart ?? ''] ?? 'request'} of this request is not what this route takes.`,
              { errors },
            ),
          };
    };
  });
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
};
