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

  it('that somebody else signed, or nobody, or with a secret that all know, is nothing that it knows', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await signed({ realm_access: { roles: ['admin'] } }).sign(privateKey);
    expect(await asked(forged)).toBeUndefined();
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload = ''] = forged.split('.');
    expect(await asked(`${part({ alg: 'none' })}.${payload}.x`)).toBeUndefined();
    const secret = new TextEncoder().encode('of the wallboard, of the wallboard');
    const shared = new SignJWT({ iss: provider.issuer, aud: audience }).setProtectedHeader({ alg: 'HS256' });
    expect(await asked(await shared.setExpirationTime('5m').sign(secret))).toBeUndefined();
    for (const token of ['', 'a.b', 'a.b.c', 'earshot_0123456789ab_x'])
      expect(await asked(token)).toBeUndefined();
  });
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
