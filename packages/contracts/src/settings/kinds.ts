import { Type, type Static } from 'typebox';
import { Role } from '../access.ts';
import { HearEachOther, LineType, RecordingSetting, SupervisionMode } from '../words.ts';
import { OneLine, Paragraphs } from './texts.ts';

const id = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and hyphens',
});
const moment = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
    description: `${description}, RFC 3339 in UTC`,
  });
const extension = Type.String({ pattern: '^[0-9]{2,8}$', description: 'Extension, 2 to 8 digits' });
const closed = { additionalProperties: false } as const;

/** How many may supervise one call while the tenant has not said: a supervisor, a coach, and who assesses quality. */
export const defaultMaxPerCall = 3;

const member = Type.Object(
  {
    extension,
    supervisor: Type.Boolean({ description: 'May supervise the other members' }),
    modes: Type.Optional(
      Type.Array(SupervisionMode, {
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
        description: 'Modes in which it may, as supervisor of this group; without it in all',
      }),
    ),
    supervisable: Type.Optional(
      Type.Boolean({
        description:
          'False: the supervisors of this group may not supervise this member; without it they may',
      }),
    ),
  },
  closed,
);

/** Where a line or a menu key leads. */
export const Route = Type.Union([
  Type.Object({ to: Type.Literal('group'), groupId: id }, closed),
  Type.Object({ to: Type.Literal('extension'), extension }, closed),
  Type.Object({ to: Type.Literal('menu'), menuId: id }, closed),
]);
export type Route = Static<typeof Route>;

/** Every kind of setting with its schema; the value under `settings.<kind>.<id>` is always whole. */
export const settingsSchemas = {
  lines: Type.Object(
    {
      number: Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$', description: 'E.164' }),
      name: OneLine('What people call the line'),
      type: LineType,
      route: Route,
    },
    closed,
  ),
  extensions: Type.Object(
    {
      name: OneLine('Who sits there', { personal: true }),
      outboundLineId: Type.Union([id, Type.Null()], {
        description: 'Line that outbound calls of this extension use',
      }),
    },
    closed,
  ),
  'ring-groups': Type.Object(
    {
      name: OneLine('What people call the group'),
      members: Type.Array(member, {
        maxItems: 200,
        description:
          'A supervisor may supervise the other members, in the modes named (without them in all), but none with supervisable false',
      }),
    },
    closed,
  ),
  menus: Type.Object(
    {
      greetingId: id,
      routes: Type.Record(Type.String({ pattern: '^[0-9*#]$' }), Route),
    },
    closed,
  ),
  greetings: Type.Object(
    {
      kind: Type.Union([
        Type.Literal('available'),
        Type.Literal('consent_opt_in'),
        Type.Literal('consent_opt_out'),
        Type.Literal('menu'),
        Type.Literal('refusal_not_authorised'),
        Type.Literal('refusal_no_such_extension'),
        Type.Literal('refusal_not_on_a_call'),
        Type.Literal('refusal_supervision_off'),
        Type.Literal('refusal_not_supervisable'),
        Type.Literal('refusal_mode_not_permitted'),
        Type.Literal('refusal_too_many_supervisors'),
        Type.Literal('refusal_another_barges'),
      ]),
      language: Type.String({ pattern: '^[a-z]{2}(-[A-Z]{2})?$' }),
      text: Paragraphs('What is said'),
    },
    closed,
  ),
  'service-codes': Type.Object(
    {
      code: Type.String({ pattern: '^\\*[0-9]{2,4}$', description: 'For instance *90' }),
      mode: SupervisionMode,
    },
    closed,
  ),
  supervision: Type.Object(
    {
      enabled: Type.Boolean(),
      maxPerCall: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 10,
          description: `How many may supervise one call at a time; without it ${defaultMaxPerCall}`,
        }),
      ),
      hearEachOther: Type.Optional(HearEachOther),
    },
    { ...closed, description: 'One for the tenant, with the id `tenant`; without it supervision is on' },
  ),
  'recording-policies': Type.Object({ setting: RecordingSetting }, closed),
  'api-tokens': Type.Object(
    {
      name: Type.String({
        pattern: '^[\\w.@-]{1,64}$',
        description: 'Who or what has the token: the actor of what is changed with it',
        personal: true,
      }),
      hash: Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'SHA-256 of the token, which itself is kept nowhere',
      }),
      roles: Type.Array(Role, { minItems: 1, maxItems: 5, uniqueItems: true }),
      extension: Type.Union([extension, Type.Null()], { description: 'Their own extension' }),
      createdAt: moment('When it was made'),
      expiresAt: Type.Union([moment('Until when it holds'), Type.Null()], {
        description: 'Null: until it is revoked',
      }),
      revokedAt: Type.Union([moment('When it was revoked'), Type.Null()], {
        description: 'Null: it was not revoked',
      }),
    },
    closed,
  ),
} as const;

export type SettingsKind = keyof typeof settingsSchemas;
export type SettingsValue<K extends SettingsKind> = Static<(typeof settingsSchemas)[K]>;

/** The one service that owns, checks and serves each kind. */
export const settingsOwners = {
  lines: 'signaling',
  extensions: 'signaling',
  'ring-groups': 'signaling',
  menus: 'signaling',
  greetings: 'signaling',
  'service-codes': 'supervision',
  supervision: 'supervision',
  'recording-policies': 'recording-consent',
  'api-tokens': 'supervision',
} as const satisfies Record<SettingsKind, string>;

/** Kinds that are read and written as a whole by API; an API token has routes of its own, because it holds a secret. */
export type ServedKind = Exclude<SettingsKind, 'api-tokens'>;
export const servedKinds = (Object.keys(settingsOwners) as SettingsKind[]).filter(
  (kind): kind is ServedKind => kind !== 'api-tokens',
);

/**
 * One message of the SETTINGS stream: the whole value of one setting, or null when it was removed.
 * Its stream sequence is its version; the sequence of the first one is the entity's integer id in exports.
 */
export type SettingsCommit<K extends SettingsKind = SettingsKind> = {
  [P in K]: {
    kind: P;
    id: string;
    value: SettingsValue<P> | null;
    tenant: string;
    recordedAt: string;
    actor: string;
  };
}[K];
