import { expect, it } from 'vitest';
import { ExportRefusal } from './export-error.ts';
import { signIn } from './sign-in.ts';

const reader = { email: 'a@example.com', token: 'the-right-token', mayRead: true };
const header = (secret: string, email = reader.email) =>
  `Basic ${Buffer.from(`${email}/token:${secret}`).toString('base64')}`;

const statusOf = (attempt: () => unknown): number => {
  try {
    attempt();
    return 200;
  } catch (error) {
    return error instanceof ExportRefusal ? error.status : 0;
  }
};

it('guesses for one user from many addresses are limited together, without locking out the connector', () => {
  const ask = signIn([reader]);
  const guesses = Array.from({ length: 60 }, (_, n) =>
    statusOf(() =>
      ask({ ip: `10.0.${Math.floor(n / 2)}.1`, headers: { authorization: header(`wrong-${n}`) } }, 1000),
    ),
  );
  expect([guesses.filter((status) => status === 401).length > 40, guesses.at(-1)]).toEqual([true, 429]);
  expect(
    statusOf(() => ask({ ip: '10.9.9.9', headers: { authorization: header(reader.token) } }, 1000)),
  ).toBe(200);
});

it('an address that guessed may try again a minute later', () => {
  const ask = signIn([reader]);
  const at = (now: number, secret: string) =>
    statusOf(() => ask({ ip: '10.0.0.1', headers: { authorization: header(secret) } }, now));
  for (let n = 0; n < 10; n += 1) at(1000, `wrong-${n}`);
  expect([at(1000, reader.token), at(60_999, reader.token), at(61_001, reader.token)]).toEqual([
    429, 429, 200,
  ]);
});

it('one network of IPv6 is one guesser, however many addresses it has', () => {
  const ask = signIn([reader]);
  const from = (n: number) =>
    statusOf(() =>
      ask({ ip: `2001:db8::${n.toString(16)}`, headers: { authorization: header(`wrong-${n}`) } }, 1000),
    );
  expect(Array.from({ length: 12 }, (_, n) => from(n + 1)).slice(-3)).toEqual([401, 429, 429]);
});
