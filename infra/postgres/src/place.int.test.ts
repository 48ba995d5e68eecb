import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findBinaries } from './binaries.ts';
import { placeFor } from './place.ts';
import { serverUser } from './server-user.ts';

// As a checkout below root's home: mkdtemp makes folders that nobody else may enter.
const closed = mkdtempSync(join(tmpdir(), 'earshot closed '));
afterAll(() => rmSync(closed, { recursive: true, force: true }));

it('the programs of a checkout that only root may enter run as the user of PostgreSQL', async () => {
  const { postgres } = await findBinaries();
  const installed = dirname(dirname(dirname(postgres)));
  cpSync(installed, join(closed, 'installed'), { recursive: true, verbatimSymlinks: true });
  const bin = join(closed, 'installed', 'native', 'bin');
  // As an installation under a strict umask.
  spawnSync('chmod', ['-R', 'go=', join(closed, 'installed')]);
  const user = serverUser();
  const { binaries } = await placeFor(
    join(closed, 'data'),
    { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') },
    user,
  );
  for (const program of [binaries.initdb, binaries.postgres]) {
    const run = spawnSync(program, ['--version'], { cwd: '/', encoding: 'utf8', ...user });
    expect(`${run.stdout}${run.stderr}`).toMatch(/\(PostgreSQL\) \d+/);
  }
});
