import { expect, it } from 'vitest';
import { ExportRefusal } from './export-error.ts';
import { signingIn } from './sign-in.ts';

const reader = { email: 'a@example.com', token: 'the-right-token' };
const header = (secret: string, email = reader.email) =>
  `Basic ${Buffer.from(`${email}/token:${secret}`).toString('base64')}`;

const asking = (onGuess: (status: number) => void = () => {}) => {
  const readerFrom = signingIn(
    [reader],
    () => undefined,
    (_, status) => onGuess(status),
  );
  return async (ip: string, secret: string, now = 1000): Promise<number> => {
    try {
      await readerFrom({ ip, headers: { authorization: header(secret) } }, now);
      return 200;
    } catch (error) {
      return error instanceof ExportRefusal ? error.status : 0;
    }
  };
};

/** One after the other. */
const inTurn = async <T>(count: number, ask: (n: number) => Promise<T>): Promise<readonly T[]> => {
  const answers: T[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await ask(n));
  return answers;
};

it('guesses from many addresses never lock out the connector, and each is told of', async () => {
  const told: number[] = [];
  const ask = asking((status) => void told.push(status));
  await inTurn(300, (n) => ask(`10.0.${Math.floor(n / 12)}.1`, `wrong-${n}`));
  expect([401, 429].map((status) => told.filter((other) => other === status).length)).toEqual([250, 50]);
  // Also from an address at which somebody else guessed a little.
  expect(await ask('10.1.0.1', 'wrong')).toBe(401);
  expect(await ask('10.1.0.1', reader.token)).toBe(200);
});

it('guesses side by side are limited like those in turn', async () => {
  const ask = asking();
  const guesses = await Promise.all(Array.from({ length: 30 }, (_, n) => ask('10.0.0.1', `wrong-${n}`)));
  expect(guesses.filter((status) => status === 401)).toHaveLength(10);
});

it('an address that guessed may try again a minute later', async () => {
  const ask = asking();
  await inTurn(10, (n) => ask('10.0.0.1', `wrong-${n}`));
  const later = [1000, 60_999, 61_001].map((now) => () => ask('10.0.0.1', reader.token, now));
  expect(await inTurn(3, (n) => later[n]?.() ?? Promise.resolve(0))).toEqual([429, 429, 200]);
});

it('one network of IPv6 is one guesser, however many addresses it has', async () => {
  const ask = asking();
  const guesses = await inTurn(12, (n) => ask(`2001:db8::${(n + 1).toString(16)}`, `wrong-${n}`));
  expect(guesses.slice(-3)).toEqual([401, 429, 429]);
});

it('whoever else has the right reads by it, whoever lacks it is told so, and neither is a guess', async () => {
  const asks = signingIn([], ({ token }) => ({
    name: token,
    roles: token === 'r' ? ['reader'] : ['agent'],
    extension: null,
  }));
  expect(await asks({ ip: '10.0.0.1', headers: { authorization: 'Bearer r' } }, 0)).toBe('r');
  expect(await asks({ ip: '10.0.0.1', headers: { authorization: header('r', 'any@example.com') } }, 0)).toBe(
    'r',
  );
  for (let n = 0; n < 20; n += 1)
    await expect(asks({ ip: '10.0.0.1', headers: { authorization: 'Bearer a' } }, 0)).rejects.toMatchObject({
      status: 403,
    });
});
