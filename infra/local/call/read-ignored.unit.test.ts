import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ignoredReader } from './read-ignored.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-ignored-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const callId = '01900000-0000-7000-8000-000000000001';
const logLine = (cause: string, of = callId): string =>
  `${JSON.stringify({
    level: 'info',
    time: '2026-01-05T09:30:05.000Z',
    service: 'supervision',
    callId: of,
    input: 'key-pressed',
    because: 'same_mode',
    cause,
    sequence: 7,
    msg: 'ignored',
  })}\n`;

it('what a service ignored of a call is found in its log, each once, also while the log grows', async () => {
  const log = join(folder, 'supervision.log');
  writeFileSync(
    log,
    `no JSON\n${logLine('7/0')}${logLine('8/0', callId.replace('1', '2'))}${logLine('7/0')}${logLine('9/0').slice(0, 40)}`,
  );
  const read = ignoredReader([join(folder, 'missing'), folder], callId);
  expect(await read()).toEqual([
    {
      kind: 'ignored',
      at: Date.UTC(2026, 0, 5, 9, 30, 5),
      service: 'supervision',
      input: 'key-pressed',
      because: 'same_mode',
      cause: '7/0',
      sequence: 7,
    },
  ]);
  expect(await read()).toEqual([]);
  appendFileSync(log, logLine('9/0').slice(40));
  expect((await read()).map(({ cause }) => cause)).toEqual(['9/0']);
});
