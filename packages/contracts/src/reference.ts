import { rights, roleMeanings, roles, type Right } from './access.ts';
import { settingsOwners, settingsSchemas, type SettingsKind } from './settings/kinds.ts';
import { eventsOf } from './events/definitions.ts';
import type { EventType } from './events/event.ts';
import {
  CurrentCall,
  CurrentConsent,
  CurrentParty,
  CurrentRecording,
  CurrentSupervisor,
} from './current-calls.ts';
import { newestVersion } from './upcasters.ts';
import { writers } from './subjects.ts';

/** As much of a JSON Schema as the reference shows. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly description?: string;
  readonly personal?: boolean;
}

/** A field that may be left out ends in a question mark. */
const nameIn = (name: string, { required = [] }: Shape): string =>
  required.includes(name) ? name : `${name}?`;

const typeOf = (shape: Shape): string => {
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.anyOf) return shape.anyOf.map(typeOf).join(' \\| ');
  if (shape.type === 'array') return `list of ${shape.items ? typeOf(shape.items) : 'anything'}`;
  if (shape.patternProperties)
    return `map to ${Object.values(shape.patternProperties).map(typeOf).join(' \\| ')}`;
  if (shape.properties)
    return `{ ${Object.entries(shape.properties)
      .map(([name, field]) => `${nameIn(name, shape)}: ${typeOf(field)}`)
      .join(', ')} }`;
  return shape.type ?? 'anything';
};

const isPersonal = (shape: Shape): boolean => shape.personal === true || (shape.anyOf ?? []).some(isPersonal);
const describe = (shape: Shape): string =>
  shape.description ??
  shape.anyOf?.find((one) => one.description && one.const === undefined)?.description ??
  '';

const table = (shape: Shape): string => {
  const fields = Object.entries(shape.properties ?? {});
  if (fields.length === 0) return 'No fields.';
  const rows = fields.map(
    ([name, field]) =>
      `| \`${nameIn(name, shape)}\` | ${typeOf(field)} | ${isPersonal(field) ? 'personal. ' : ''}${describe(field)} |`,
  );
  return ['| field | type | meaning |', '|---|---|---|', ...rows].join('\n');
};

/** The reference of all events as Markdown, from their schemas; a test keeps the page in `docs/reference` equal to it. */
export const eventReference = (): string =>
  [
    '# Events',
    '',
    'Generated from `packages/contracts`. Every event stands in a commit on the subject `calls.<switch>.<partition>.<callId>.<writer>` of the stream `CALLS`.',
    ...writers.flatMap((writer) => [
      '',
      `## Written by ${writer}`,
      ...Object.entries(eventsOf[writer]).flatMap(([type, schema]) => [
        '',
        `### ${type} (version ${newestVersion(type as EventType)})`,
        '',
        table(schema as Shape),
      ]),
    ]),
    '',
  ].join('\n');

/** The reference of all settings as Markdown. */
export const settingsReference = (): string =>
  [
    '# Settings',
    '',
    'Generated from `packages/contracts`. `GET`, `PUT` and `DELETE /settings/<kind>/<id>` at the service that owns the kind; a value is always whole.',
    ...(Object.keys(settingsSchemas) as SettingsKind[]).flatMap((kind) => {
      const shape = settingsSchemas[kind] as Shape;
      const about = shape.description === undefined ? [] : [`${shape.description}.`, ''];
      return ['', `## ${kind} (owned by ${settingsOwners[kind]})`, '', ...about, table(shape)];
    }),
    '',
  ].join('\n');

/** The reference of roles and rights as Markdown. */
export const accessReference = (): string =>
  [
    '# Roles and rights',
    '',
    'Generated from `packages/contracts`. Every route of every service but health and docs asks for one right; which one stands on its page under `/docs`, and in its OpenAPI document as `x-right`.',
    'Who proves nothing is answered 401, who lacks the right 403 with its name. Whoever has several roles may do what any of them may.',
    '',
    '| role | is for somebody who |',
    '|---|---|',
    ...roles.map((role) => `| \`${role}\` | ${roleMeanings[role]} |`),
    '',
    `| right | lets one | ${roles.join(' | ')} |`,
    `|---|---|${roles.map(() => '---|').join('')}`,
    ...(Object.keys(rights) as Right[]).map((right) => {
      const has: readonly string[] = rights[right].roles;
      return `| \`${right}\` | ${rights[right].meaning} | ${roles.map((role) => (has.includes(role) ? 'yes' : '')).join(' | ')} |`;
    }),
    '',
  ].join('\n');

/** The reference of a running call as the list shows it, as Markdown. */
export const currentCallReference = (): string =>
  [
    '# A running call',
    '',
    'Generated from `packages/contracts`. One call of `GET /calls` and of the events of `GET /calls/stream`; how to follow them: [guides/current-calls.md](../guides/current-calls.md).',
    ...Object.entries({
      'A call': CurrentCall,
      'One of `parties`': CurrentParty,
      'One of `supervisors`': CurrentSupervisor,
      '`recording`': CurrentRecording,
      '`consent`': CurrentConsent,
    }).flatMap(([title, schema]) => ['', `## ${title}`, '', table(schema as Shape)]),
    '',
  ].join('\n');
