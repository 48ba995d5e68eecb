import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('a line keeps its colours and shows what a terminal would obey', () => {
  expect(printable('\u001B[2mA  0.1 s\u001B[22m Olivia')).toBe('\u001B[2mA  0.1 s\u001B[22m Olivia');
  expect(printable('\u001B]0;pwned\u0007\u001B[2J\r\nforged\u202E\u009B')).toBe(
    '\\u001b]0;pwned\\u0007\\u001b[2J\\u000d\\u000aforged\\u202e\\u009b',
  );
});
