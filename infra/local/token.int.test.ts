import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** What `npm run token` says of an API that answers so. */
const toldBy = async (status: number, answer: string, args: readonly string[]): Promise<string> => {
  const server = createServer((_request, reply) => reply.writeHead(status).end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const command = [join(import.meta.dirname, 'token.ts'), ...args, '--api', api];
  const options = { env: { ...process.env, API_TOKEN: 'of nobody' } };
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, command, options, (_error, out, problems) => resolve(`${out}${problems}`));
  });
  server.close();
  return said;
};

it('nothing that an API answers is obeyed by the terminal, not what went wrong either', async () => {
  const said = await toldBy(403, '\u001B]0;pwned\u0007\u001B[2J', ['revoke', '0123456789ab']);
  expect(said).toContain('was refused (403): \\u001b]0;pwned\\u0007\\u001b[2J');
  expect(said).not.toContain('\u001B');
});

it('a token that has run out is said to have, one that will is not', async () => {
  const token = { id: '0123456789ab', name: 'ada', roles: ['admin'], extension: null };
  const more = { revokedAt: null, lastUsedAt: null };
  const tokens = ['2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'].map((expiresAt) => ({
    ...token,
    ...more,
    expiresAt,
  }));
  const said = await toldBy(200, JSON.stringify(tokens), ['list']);
  expect(said).toMatch(/ran out 2020-.*\n.*until 2999-/);
});

it('a word too many is refused, after list too', async () => {
  expect(await toldBy(200, '[]', ['list', 'extra'])).toContain('"extra" is one word too many.');
});
