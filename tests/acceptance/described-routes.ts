import type { Right } from '@earshot/contracts';

/** A route as the OpenAPI document of a service describes it. */
export interface Route {
  readonly method: string;
  /** `/settings/lines/{id}` */
  readonly path: string;
  /** What fits into the path, in order. */
  readonly ids: readonly string[];
  /** A body that fits; undefined: the route takes none. */
  readonly body: unknown;
  /** The right that it asks for; undefined: it is open. */
  readonly right: Right | undefined;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly schema: Schema }[];
  readonly 'x-right'?: Right;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** As much of an OpenAPI document as routes are read from. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly pattern?: string;
}

/** One of them fits wherever a route asks for an id or a number. */
export const someIds = [
  'support',
  '1004',
  '+41795551001',
  '01934567-89ab-7cde-8f01-23456789abcd',
  '0123456789ab',
  '01934567-89ab-7cde-8f01-23456789abcd-v1',
];

/** Every route of a service, from its own description, so that a new one is among them by itself. */
export const routesOf = ({ paths }: OpenApi): readonly Route[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, 'x-right': right }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      const ids = parameters
        .filter((parameter) => parameter.in === 'path')
        .map(
          ({ schema: { pattern = '' } }) => someIds.find((id) => new RegExp(pattern, 'u').test(id)) ?? 'x',
        );
      return {
        method: method.toUpperCase(),
        path,
        right,
        ids,
        body: schema === undefined ? undefined : exampleOf(schema),
      };
    }),
  );

/** A value of about the right form, to be spoilt: patterns of texts are not looked at. */
const exampleOf = (schema: Schema): unknown => {
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {});
  if (schema.properties !== undefined)
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, exampleOf(field)]),
    );
  switch (schema.type) {
    case 'string':
      return 'x';
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'null':
      return null;
    default:
      return {};
  }
};
