import { configOf, unguessable } from '@earshot/service-kit';
import { Type, type Static } from 'typebox';

/** What reporting is configured with, besides the variables of every service. */
export const configSchema = configOf({
  DATABASE_URL: Type.String({
    minLength: 1,
    secret: true,
    description: 'PostgreSQL database of reporting, for a user who owns it and is no superuser',
  }),
  EXPORT_EMAIL: Type.String({
    default: 'connector@example.com',
    minLength: 3,
    description: 'E-mail address that connectors sign in with',
  }),
  EXPORT_TOKEN: Type.String({
    minLength: unguessable,
    secret: true,
    description: 'API token of the export: Basic EMAIL/token:TOKEN, or Bearer TOKEN',
  }),
  EXPORT_PASSWORD: Type.Optional(
    Type.String({
      minLength: unguessable,
      secret: true,
      description: 'Password for clients without tokens: Basic EMAIL:PASSWORD; unset: none',
    }),
  ),
  EXPORT_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+/?$',
      description:
        'Scheme and host under which connectors reach the export; unset: the Host of the request, where EXPORT_HOSTS allows it',
    }),
  ),
  EXPORT_HOSTS: Type.String({
    default: 'localhost,127.0.0.1,[::1]',
    description:
      'Hosts that next_page may name when EXPORT_PUBLIC_URL is unset, separated by commas; without a port: with any',
  }),
  EXPORT_REQUESTS_PER_MINUTE: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 100_000,
    description: 'Export requests per minute and process; 0: no limit (Zendesk has 10)',
  }),
  EXPORT_TAIL_PAUSE_MS: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    description:
      'How long after the last page a reader that asks again is told with the same next_page that this was the end; 0: the end is not told',
  }),
});
export type ReportingConfig = Readonly<Static<typeof configSchema>>;
