import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '@earshot/local';
import { startPostgres } from './start-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-postgres-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows as unknown[];
}

describe('the PostgreSQL server of a local run', () => {
  it('keeps the exported rows over a kill and a restart', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'kept') });
    await ask(postgres.url, 'create table calls as select 1 as id');
    await postgres.kill('SIGKILL');
    await postgres.restart();
    expect(await ask(postgres.url, 'select * from calls')).toEqual([{ id: 1 }]);
  });

  it('starts although a crash left its pid file behind', async () => {
    const dataDir = join(folder, 'stale');
    const first = await startPostgres({ own: true, dataDir, durable: false });
    await ask(first.url, 'create table calls as select 1 as id');
    await first.stop();
    // The pid of this very process: alive, but no server.
    writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    await using second = await startPostgres({ own: true, dataDir, durable: false });
    expect(await ask(second.url, 'select * from calls')).toEqual([{ id: 1 }]);
  });

  it('gives every user of it an empty database of its own', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'own'), durable: false });
    const url = await postgres.createDatabase('another');
    expect(await ask(url, 'select current_database() as name')).toEqual([{ name: 'another' }]);
  });

  it('is refused in a sentence when its port is taken', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'port'), durable: false });
    const port = Number(new URL(postgres.url).port);
    await expect(startPostgres({ own: true, dataDir: join(folder, 'port2'), port })).rejects.toThrow(`Port ${port} on loopback, wanted for PostgreSQL, is taken`);
  });

  it('leaves no process behind when its starter is killed', async () => {
    const dataDir = join(folder, 'orphan');
    const starter = spawn(process.execPath, ['--input-type=module', '-e', `
      import { startPostgres } from ${JSON.stringify(fileURLToPath(new URL('start-postgres.ts', import.meta.url)))};
      console.log((await startPostgres({ own: true, dataDir: ${JSON.stringify(dataDir)} })).pid);
    `], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => starter.stdout.once('data', (line) => resolve(Number(line))));
    expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(true);
    starter.kill('SIGKILL');
    const ended = async () => (/^State:\s+Z/m.test(status(pid)) || status(pid) === '' ? true : undefined);
    expect(await until('the end of PostgreSQL', ended, { timeoutMs: 10_000 })).toBe(true);
  });
});

function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
