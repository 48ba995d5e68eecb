import { hostname } from 'node:os';
import { tenantForm } from '@earshot/contracts';
import { Type, type Static, type TObject, type TProperties } from 'typebox';

/**
 * Least length of a secret that anybody may try. Guesses from one address are held off; from many networks they cannot be
 * without locking out who has the secret, so that its length has to make them hopeless.
 */
export const unguessable = 32;

/** Addresses whose answers nobody on the way can change: with https, or of this machine. */
export const safeAddress = '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:|/|$))';

/** Variables that every service reads, with their defaults. `secret: true` keeps a value out of every message. */
const baseVariables = {
  NATS_URL: Type.String({
    default: 'nats://127.0.0.1:4222',
    minLength: 1,
    description: 'NATS server, several separated by commas',
  }),
  NATS_USER: Type.Optional(Type.String({ description: 'User of this service at the NATS server' })),
  NATS_PASSWORD: Type.Optional(Type.String({ description: 'Password of NATS_USER', secret: true })),
  NATS_REPLICAS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: 'Copies of each stream: 1 on a single server, 3 in a cluster',
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address that the HTTP server listens on',
  }),
  PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the HTTP server; 0 takes a free one',
  }),
  API_TOKEN: Type.Optional(
    Type.String({
      minLength: unguessable,
      secret: true,
      description:
        'Token of an administrator, to make the first API tokens with, as bearer token or as the password of basic authentication; unset: there is none',
    }),
  ),
  OIDC_ISSUER: Type.Optional(
    Type.String({
      pattern: safeAddress,
      description:
        'OpenID Connect provider whose access tokens are taken, as its tokens name it (iss), with https; unset: none are',
    }),
  ),
  OIDC_AUDIENCE: Type.Optional(
    Type.String({ minLength: 1, description: 'Audience (aud) of access tokens for Earshot' }),
  ),
  OIDC_JWKS_URL: Type.Optional(
    Type.String({
      pattern: safeAddress,
      description: 'Where the keys of the provider are, with https; unset: where its discovery document says',
    }),
  ),
  OIDC_ROLES_CLAIM: Type.String({
    default: 'roles',
    minLength: 1,
    description:
      'Claim that names the roles, a list or words between blanks, with dots for what is nested, as realm_access.roles of Keycloak',
  }),
  OIDC_EXTENSION_CLAIM: Type.String({
    default: 'extension',
    minLength: 1,
    description: 'Claim that names the extension of who asks',
  }),
  OIDC_NAME_CLAIM: Type.String({
    default: 'preferred_username',
    minLength: 1,
    description: 'Claim that names who asks, the actor of what they change; sub where it is missing',
  }),
  TRUSTED_PROXIES: Type.String({
    default: '',
    description:
      "Addresses and networks, separated by commas, of proxies whose X-Forwarded-* headers are believed; empty: nobody's are",
  }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Least severe log line that is written',
  }),
  TENANT: Type.String({
    default: 'demo',
    pattern: tenantForm,
    description: 'Tenant whose calls this process handles',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'Base URL of an OTLP/HTTP receiver, for instance http://127.0.0.1:4318; unset: nothing is exported. Beside it other OTEL_* variables of OpenTelemetry count, see docs/guides/operating.md',
    }),
  ),
  INSTANCE: Type.String({
    default: `${hostname()}-${process.pid}`,
    minLength: 1,
    maxLength: 120,
    description: 'Name of this process, unique among the processes of the service',
  }),
  DRAIN_SECONDS: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 600,
    description: 'Longest time in seconds that a stop may take',
  }),
};

/**
 * Schema of one service's configuration: the variables of every service and its own.
 * Fields are strings, integers, booleans or enums, flat, named like the environment variable.
 */
export const configOf = <P extends TProperties>(own: P): TObject<typeof baseVariables & P> =>
  Type.Object({ ...baseVariables, ...own }) as TObject<typeof baseVariables & P>;

/** Schema with nothing but the variables of every service. */
export const baseConfig = configOf({});
export type BaseConfig = Readonly<Static<typeof baseConfig>>;
