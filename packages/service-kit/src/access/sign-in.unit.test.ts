import { openMemoryStore } from '@earshot/event-log';
import { expect, test } from 'vitest';
import { apiTokens, makeApiToken } from './api-token.ts';
import { actorOf, anyOf, credentialsOf, environmentToken } from './sign-in.ts';

const now = '2026-11-30T09:00:00.000Z';

test('credentials are a bearer token, or user and password of basic authentication', () => {
  expect(credentialsOf('Bearer abc')).toEqual({ token: 'abc' });
  expect(credentialsOf('bearer  abc ')).toEqual({ token: 'abc' });
  expect(credentialsOf(`Basic ${btoa('ada:a:b')}`)).toEqual({ user: 'ada', token: 'a:b' });
  for (const none of [undefined, '', 'abc', 'Bearer', 'Digest abc', 'Bearer a b', `Basic ${btoa('ada')}`])
    expect(credentialsOf(none)).toBeUndefined();
});

test('a name from outside becomes an identifier', () => {
  expect(actorOf('olivia@example.com')).toBe('olivia@example.com');
  expect(actorOf('auth0|12 ü')).toBe('auth0-12--');
  expect(actorOf('x'.repeat(100))).toHaveLength(64);
  expect(actorOf('')).toBe('unnamed');
});

test('the token of the environment is an administrator’s; without one nothing passes for it', async () => {
  const signIn = environmentToken('correct-horse-battery');
  expect(await signIn({ token: 'correct-horse-battery' })).toEqual({
    name: 'api',
    roles: ['admin'],
    extension: null,
  });
  expect(await signIn({ user: 'ada', token: 'correct-horse-battery' })).toMatchObject({ name: 'ada' });
  for (const token of ['', 'undefined', 'correct-horse-batter'])
    expect(await signIn({ token })).toBeUndefined();
  for (const token of ['', 'undefined']) expect(await environmentToken(undefined)({ token })).toBeUndefined();
});

const withToken = async (more: { readonly revokedAt?: string; readonly expiresAt?: string } = {}) => {
  const { settings } = openMemoryStore().connect();
  const { id, token, hash } = makeApiToken();
  const value = { name: 'benjamin', hash, roles: ['supervisor' as const], extension: '1001', createdAt: now };
  await settings.put(
    'api-tokens',
    id,
    { ...value, expiresAt: null, revokedAt: null, ...more },
    { actor: 'test' },
  );
  const used: string[] = [];
  const view = await settings.view();
  return {
    id,
    token,
    used,
    signIn: apiTokens({ settings: view, now: () => now, used: (one) => used.push(one) }),
  };
};

test('an API token says who has it, and its use is noted', async () => {
  const { id, token, used, signIn } = await withToken();
  expect(token).toMatch(new RegExp(`^earshot_${id}_`));
  expect(await signIn({ token })).toEqual({ name: 'benjamin', roles: ['supervisor'], extension: '1001' });
  expect(used).toEqual([id]);
});

test('no other text passes for it: not its hash, not its id with another secret, not one of another form', async () => {
  const { id, token, used, signIn } = await withToken();
  for (const other of [
    id,
    `earshot_${id}_`,
    token.slice(0, -1),
    `${token}x`,
    makeApiToken().token,
    token.toUpperCase(),
  ])
    expect([other, await signIn({ token: other })]).toEqual([other, undefined]);
  const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  expect(await signIn({ token: flipped })).toBeUndefined();
  expect(used).toEqual([]);
});

test('one that was revoked or ran out is refused with the moment', async () => {
  const revoked = await withToken({ revokedAt: '2026-11-29T09:00:00.000Z' });
  expect(await revoked.signIn({ token: revoked.token })).toEqual({
    refused: 'This API token was revoked at 2026-11-29T09:00:00.000Z.',
  });
  const expired = await withToken({ expiresAt: now });
  expect(await expired.signIn({ token: expired.token })).toEqual({
    refused: `This API token ran out at ${now}.`,
  });
  expect([...revoked.used, ...expired.used]).toEqual([]);
});

test('of several ways the first that knows what was given answers, with a refusal too', async () => {
  const { token, signIn } = await withToken({ revokedAt: now });
  const both = anyOf(environmentToken('correct-horse-battery'), signIn, () => ({
    name: 'x',
    roles: [],
    extension: null,
  }));
  expect(await both({ token: 'correct-horse-battery' })).toMatchObject({ name: 'api' });
  expect(await both({ token })).toMatchObject({ refused: expect.stringContaining('revoked') as string });
  expect(await both({ token: 'anything' })).toMatchObject({ name: 'x' });
});
