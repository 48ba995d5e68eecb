import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oidcTokens, type OidcOptions } from './oidc.ts';

const audience = 'https://earshot.example';
const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A certified provider, in this process: it gives access tokens as a company's own does. */
const startProvider = async () => {
  const server = createServer();
  const issuer = await listen(server);
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
    clients: [
      {
        client_id: 'wallboard',
        client_secret: 'of the wallboard',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: '',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
        }),
      },
    },
    extraTokenClaims: () => ({
      realm_access: { roles: ['supervisor', 'offline_access'] },
      extension: '1001',
      preferred_username: 'benjamin@example.com',
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, reply) => void answer(request, reply));
  const tokenFor = async (resource: string): Promise<string> => {
    const given = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('wallboard:of%20the%20wallboard')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
    });
    const { access_token: token } = (await given.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`The provider gave no token: ${given.status}`);
    return token;
  };
  return { issuer, tokenFor, privateKey, close: () => server.close() };
};

let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider?.close());

const optionsOf = (more: Partial<OidcOptions> = {}): OidcOptions => ({
  issuer: provider.issuer,
  audience,
  keysUrl: undefined,
  rolesClaim: 'realm_access.roles',
  extensionClaim: 'extension',
  nameClaim: 'preferred_username',
  ...more,
});

describe('an access token of the provider', () => {
  it('says who asks, with the roles that are ours', async () => {
    expect(await oidcTokens(optionsOf())({ token: await provider.tokenFor(audience) })).toEqual({
      name: 'benjamin@example.com',
      roles: ['supervisor'],
      extension: '1001',
      until: expect.stringMatching(/^20.*Z$/) as string,
    });
  });

  it('for another audience is refused, and says which claim it is', async () => {
    const token = await provider.tokenFor('https://elsewhere.example');
    expect(await oidcTokens(optionsOf())({ token })).toEqual({
      refused: 'This access token is not for this API: its claim aud is not the one asked for.',
    });
  });

  it('without the claim of the name is named by its subject, without that of the roles it has none', async () => {
    const signIn = oidcTokens(
      optionsOf({ nameClaim: 'nickname', rolesClaim: 'groups', extensionClaim: 'phone' }),
    );
    expect(await signIn({ token: await provider.tokenFor(audience) })).toMatchObject({
      roles: [],
      extension: null,
    });
  });
});

const notSigned = {
  refused: 'This access token is not signed with a key that the identity provider is known to have.',
};

describe('a token', () => {
  const signed = (claims: JWTPayload, expires: string | null = '5m', kid?: string) => {
    const token = new SignJWT({ iss: provider.issuer, aud: audience, sub: 'someone', ...claims });
    if (expires !== null) token.setExpirationTime(expires);
    return token.setProtectedHeader({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) }).setIssuedAt();
  };
  const asked = async (token: string) => oidcTokens(optionsOf())({ token });

  it('that ran out is refused; one that never does is, too', async () => {
    expect(await asked(await signed({}, '-1m').sign(provider.privateKey))).toEqual({
      refused: 'This access token has run out.',
    });
    expect(await asked(await signed({}, null).sign(provider.privateKey))).toMatchObject({
      refused: expect.stringContaining('exp') as string,
    });
  });

  it('of another issuer with this provider’s key is refused', async () => {
    expect(
      await asked(await signed({ iss: 'https://else.example' }).sign(provider.privateKey)),
    ).toMatchObject({
      refused: expect.stringContaining('iss') as string,
    });
  });

  it('that somebody else signed, or nobody, or with a secret that all know, is refused, and a guess only when it does not name the provider', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await signed({ realm_access: { roles: ['admin'] } }).sign(privateKey);
    expect(await asked(forged)).toEqual(notSigned);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload = ''] = forged.split('.');
    expect(await asked(`${part({ alg: 'none' })}.${payload}.x`)).toEqual(notSigned);
    const secret = new TextEncoder().encode('of the wallboard, of the wallboard');
    const shared = new SignJWT({ iss: provider.issuer, aud: audience }).setProtectedHeader({ alg: 'HS256' });
    expect(await asked(await shared.setExpirationTime('5m').sign(secret))).toEqual(notSigned);
    const elsewhere = await signed({ iss: 'https://else.example' }).sign(privateKey);
    expect(await asked(elsewhere)).toBeUndefined();
    for (const token of ['', 'a.b', 'a.b.c', 'earshot_0123456789ab_x'])
      expect(await asked(token)).toBeUndefined();
  });
});

/** A provider whose answers the test decides, and its clock. */
const startKeys = async () => {
  const server = createServer((request, reply) => {
    state.asked += 1;
    const isDiscovery = request.url?.includes('openid-configuration') ?? false;
    const answer = isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : state.answer;
    reply.writeHead(state.status).end(JSON.stringify(answer));
  });
  const issuer = await listen(server);
  const state = { status: 200, answer: { keys: [] } as unknown, now: 0, asked: 0 };
  const signIn = oidcTokens(optionsOf({ issuer, now: () => state.now }));
  const makeKey = async (kid?: string) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const named = kid === undefined ? {} : { kid };
    const token = (claims: JWTPayload = {}): Promise<string> =>
      new SignJWT({ iss: issuer, aud: audience, sub: 'someone', ...claims })
        .setProtectedHeader({ alg: 'RS256', ...named })
        .setExpirationTime('5m')
        .sign(privateKey);
    return { key: { ...(await exportJWK(publicKey)), ...named }, token };
  };
  return {
    state,
    makeKey,
    asks: async (token: string) => signIn({ token }),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
};

describe('the keys of the provider', () => {
  it.each([
    ['answers with an error', 500, {}],
    ['answers with something else', 200, {}],
  ])('hold on while it %s', async (_what, status, answer) => {
    await using keys = await startKeys();
    const { key, token } = await keys.makeKey('one');
    keys.state.answer = { keys: [key] };
    expect(await keys.asks(await token())).toMatchObject({ name: 'someone' });
    Object.assign(keys.state, { status, answer, now: 660_000 });
    for (let hour = 0; hour < 3; hour += 1) {
      expect(await keys.asks(await token())).toMatchObject({ name: 'someone' });
      keys.state.now += 3_600_000;
    }
  });

  it('are asked for once while many ask, and not again for some seconds when they are not told', async () => {
    await using keys = await startKeys();
    const { key, token } = await keys.makeKey('one');
    keys.state.answer = {};
    const text = await token();
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => keys.asks(text)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await expect(keys.asks(text)).rejects.toMatchObject({ status: 503 });
    expect(keys.state.asked).toBe(2);
    Object.assign(keys.state, { answer: { keys: [key] }, now: 5_000 });
    expect(await keys.asks(text)).toMatchObject({ name: 'someone' });
  });

  it('are asked for again when a token has a new one; it is no guess while they are not', async () => {
    await using keys = await startKeys();
    const [old, fresh] = [await keys.makeKey('old'), await keys.makeKey('fresh')];
    keys.state.answer = { keys: [old.key] };
    expect(await keys.asks(await old.token())).toMatchObject({ name: 'someone' });
    keys.state.answer = { keys: [old.key, fresh.key] };
    expect(await keys.asks(await fresh.token())).toEqual(notSigned);
    keys.state.now += 5_000;
    expect(await keys.asks(await fresh.token())).toMatchObject({ name: 'someone' });
  });

  it('are each tried for a token that does not say which', async () => {
    await using keys = await startKeys();
    const [one, two, none] = [await keys.makeKey(), await keys.makeKey(), await keys.makeKey()];
    keys.state.answer = { keys: [one.key, two.key] };
    for (const { token } of [one, two])
      expect(await keys.asks(await token())).toMatchObject({ name: 'someone' });
    expect(await keys.asks(await none.token())).toEqual(notSigned);
    expect(await keys.asks(await two.token({ aud: 'https://else.example' }))).toMatchObject({
      refused: expect.stringContaining('aud') as string,
    });
  });

  it('are not taken from an address that anybody on the way can answer for', async () => {
    const signIn = oidcTokens(optionsOf({ keysUrl: 'http://keys.example/keys' }));
    const token = await provider.tokenFor(audience);
    await expect(Promise.resolve(signIn({ token }))).rejects.toMatchObject({ status: 503 });
  });
});

it.each([
  [1001, '1001'],
  ['1001', '1001'],
  [1001.5, null],
  [-1001, null],
  [1, null],
])('the claim %s is the extension %s', async (extension, expected) => {
  await using keys = await startKeys();
  const { key, token } = await keys.makeKey('one');
  keys.state.answer = { keys: [key] };
  expect(await keys.asks(await token({ extension }))).toMatchObject({ extension: expected });
});

it('a token says until when it is taken, with the tolerance of clocks', async () => {
  await using keys = await startKeys();
  const { key, token } = await keys.makeKey('one');
  keys.state.answer = { keys: [key] };
  const before = Date.now();
  const taken = (await keys.asks(await token())) as { readonly until: string };
  const heldFor = Date.parse(taken.until) - before;
  expect([heldFor > 328_000, heldFor < 332_000]).toEqual([true, true]);
});

it('a provider that does not answer is said, and asked again the next time', async () => {
  const server = createServer((_request, reply) => reply.writeHead(500).end());
  const issuer = await listen(server);
  const signIn = oidcTokens(optionsOf({ issuer }));
  const token = await provider.tokenFor(audience);
  await expect(Promise.resolve(signIn({ token }))).rejects.toMatchObject({ status: 503 });
  await expect(Promise.resolve(signIn({ token }))).rejects.toMatchObject({ status: 503 });
  server.close();
});

it('the keys can be named where there is no discovery document', async () => {
  const { jwks_uri: keysUrl } = (await (
    await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  ).json()) as { jwks_uri: string };
  const signIn = oidcTokens(optionsOf({ keysUrl }));
  expect(await signIn({ token: await provider.tokenFor(audience) })).toMatchObject({ roles: ['supervisor'] });
});
