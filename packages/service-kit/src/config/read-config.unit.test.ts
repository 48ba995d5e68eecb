import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { configOf } from './config-schema.ts';
import { describeConfig } from './describe-config.ts';
import { ConfigError, readConfig } from './read-config.ts';

const schema = configOf({
  SWITCH: Type.Enum(['asterisk', 'simulated'], { description: 'Which switch' }),
  TRUNK: Type.Optional(Type.Boolean({ description: 'Outside lines' })),
});

const problemsIn = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('an environment that says nothing but what is required gives the defaults', () => {
  const { config, warnings } = readConfig(schema, { SWITCH: 'simulated', PATH: '/bin' });
  expect(config).toMatchObject({
    SWITCH: 'simulated',
    HOST: '127.0.0.1',
    PORT: 0,
    TENANT: 'demo',
    LOG_LEVEL: 'info',
  });
  expect(config.API_TOKEN).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('texts become integers and truth values, and an empty variable counts as unset', () => {
  const { config } = readConfig(schema, { SWITCH: 'asterisk', PORT: '8081', TRUNK: 'true', TENANT: '' });
  expect(config).toMatchObject({ PORT: 8081, TRUNK: true, TENANT: 'demo' });
});

test('everything that is wrong is said at once, in sentences', () => {
  expect(problemsIn({ PORT: 'abc', TRUNK: 'perhaps', LOG_LEVEL: 'loud' })).toEqual([
    'PORT must be an integer from 0 to 65535, but is "abc"',
    'LOG_LEVEL must be "trace", "debug", "info", "warn", "error", "fatal" or "silent", but is "loud"',
    'SWITCH is missing: Which switch',
    'TRUNK must be true or false, but is "perhaps"',
  ]);
});

test('a port out of range is refused as a number, not taken as a text', () => {
  expect(problemsIn({ SWITCH: 'asterisk', PORT: '65536' })).toEqual([
    'PORT must be an integer from 0 to 65535, but is "65536"',
  ]);
});

test('a wrong secret is named but not shown', () => {
  expect(problemsIn({ SWITCH: 'asterisk', API_TOKEN: 'hunter2' })).toEqual([
    'API_TOKEN must have at least 32 characters, drawn at random: nobody may guess it',
  ]);
});

test('a misspelt variable of ours is a warning that names the nearest one', () => {
  const { warnings } = readConfig(schema, {
    SWITCH: 'asterisk',
    EARSHOT_TENNANT: 'acme',
    EARSHOT_COFFEE_MACHINE: 'on',
  });
  expect(warnings).toEqual([
    'EARSHOT_TENNANT is set, but nothing reads it; did you mean TENANT?',
    'EARSHOT_COFFEE_MACHINE is set, but nothing reads it',
  ]);
});

test('the help names every variable with its meaning and default', () => {
  const help = describeConfig(schema);
  expect(help).toContain(
    '  PORT\n      Port of the HTTP server; 0 takes a free one. Integer from 0 to 65535. Default: 0.',
  );
  expect(help).toContain('  SWITCH\n      Which switch. One of asterisk, simulated. Required.');
  for (const name of Object.keys(schema.properties)) expect(help).toContain(`  ${name}\n`);
});

test('the identity provider and its keys are asked with https, or on this machine', () => {
  const named = (name: string, url: string): readonly string[] =>
    problemsIn({ SWITCH: 'simulated', [name]: url });
  for (const name of ['OIDC_ISSUER', 'OIDC_JWKS_URL']) {
    for (const url of ['https://id.example/keys', 'http://127.0.0.1:8080/keys', 'http://localhost/'])
      expect(named(name, url)).toEqual([]);
    for (const url of ['http://id.example/keys', 'http://localhost.example/', 'id.example'])
      expect(named(name, url)).toHaveLength(1);
  }
});
