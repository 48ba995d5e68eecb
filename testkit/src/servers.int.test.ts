import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { checkServer } from '@earshot/nats';
import { testNats } from './nats.ts';
import { testPostgres } from './postgres.ts';

it('a test of calls gets a log of its own that is gone afterwards', async () => {
  let folder: string | undefined;
  {
    await using nats = await testNats();
    expect(await checkServer(nats.url)).toMatchObject({ jetstream: true });
    folder = nats.logFile === undefined ? undefined : dirname(dirname(nats.logFile));
    if (folder !== undefined) expect(existsSync(folder)).toBe(true);
  }
  if (folder !== undefined) expect(existsSync(folder)).toBe(false);
});

it('a test of the export gets databases of its own', async () => {
  await using postgres = await testPostgres();
  const other = await postgres.createDatabase('other');
  expect(new URL(other).pathname).toBe('/other');
  await expect(postgres.createDatabase('other')).rejects.toThrow(/exist/);
});
