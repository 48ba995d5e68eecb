import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', '**/.cache/**', '**/.data/**'];
const minutes = (count: number) => count * 60_000;

// A telephony test needs a real Asterisk; wherever it stands, its name or its folder says so.
const telephony = ['**/*.telephony.test.ts', 'tests/telephony/**/*.test.ts'];
// What spans services starts whole systems: one file after the other, after everything else.
const acceptance = ['tests/{acceptance,faults,clients}/**/*.test.ts'];
const apart = [...never, ...telephony, ...acceptance];

const level = (name: string, timeout: number) => ({
  test: {
    name,
    include: [`**/*.${name}.test.ts`],
    exclude: apart,
    testTimeout: timeout,
    hookTimeout: timeout,
    sequence: { groupOrder: 0 },
  },
});

const serial = (name: string, include: string[], groupOrder: number) => ({
  test: {
    name,
    include,
    exclude: never,
    fileParallelism: false,
    testTimeout: minutes(5),
    hookTimeout: minutes(5),
    sequence: { groupOrder },
  },
});

export default defineConfig({
  test: {
    projects: [
      level('unit', 30_000),
      level('contract', 60_000),
      level('int', 60_000),
      serial('acceptance', acceptance, 1),
      serial('telephony', telephony, 2),
    ],
  },
});
