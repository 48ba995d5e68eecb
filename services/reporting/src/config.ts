import { configOf } from '@earshot/service-kit';
import { Type, type Static } from 'typebox';

/** What reporting is configured with, besides the variables of every service. */
export const configSchema = configOf({
  DATABASE_URL: Type.String({ minLength: 1, secret: true, description: 'PostgreSQL database of reporting' }),
  EXPORT_EMAIL: Type.String({ default: 'connector@example.com', minLength: 3, description: 'E-mail address that connectors sign in with' }),
  EXPORT_TOKEN: Type.String({ minLength: 8, secret: true, description: 'API token of the export: Basic EMAIL/token:TOKEN, or Bearer TOKEN' }),
  EXPORT_PASSWORD: Type.Optional(Type.String({ minLength: 8, secret: true, description: 'Password for clients without tokens: Basic EMAIL:PASSWORD; unset: none' })),
  EXPORT_PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^/?#]+/?$', description: 'Scheme and host under which connectors reach the export; unset: as the request says' })),
  EXPORT_REQUESTS_PER_MINUTE: Type.Integer({ default: 0, minimum: 0, maximum: 100_000, description: 'Export requests per minute and process; 0: no limit (Zendesk has 10)' }),
  EXPORT_TAIL_PAUSE_MS: Type.Integer({ default: 1000, minimum: 0, maximum: 60_000, description: 'How long after the last row an immediate further request is told that this was the end; 0: never' }),
});
export type ReportingConfig = Readonly<Static<typeof configSchema>>;
