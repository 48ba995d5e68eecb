import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { until } from '@earshot/processes';
import { startPostgres } from './start-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-postgres-'));
// Every user may pass through it, as through most folders; the tests that want a closed one make it.
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
};

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

  it('refuses a way to be had that there is not', async () => {
    vi.stubEnv('EARSHOT_POSTGRES', 'bogus');
    await expect(startPostgres({ own: true, dataDir: join(folder, 'bogus') })).rejects.toThrow(
      'EARSHOT_POSTGRES is "bogus", but has to be docker',
    );
    vi.unstubAllEnvs();
  });

  it('gives every user of it an empty database of its own', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'own'), durable: false });
    const url = await postgres.createDatabase('another');
    expect(await ask(url, 'select current_database() as name')).toEqual([{ name: 'another' }]);
  });

  it('lets its user do nothing but own its databases: no file of the machine, no other database, no role', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'role'), durable: false });
    const url = await postgres.createDatabase('of_its_own');
    expect(
      await ask(
        url,
        'select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = current_user',
      ),
    ).toEqual([
      {
        rolsuper: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolreplication: false,
        rolbypassrls: false,
      },
    ]);
    const forbidden = [
      "select pg_read_file('/etc/passwd')",
      "select pg_ls_dir('/')",
      "copy (select 1) to program 'true'",
      "copy (select 1) to '/tmp/x'",
      'create role another superuser',
      'create database another',
      'alter role current_user superuser',
      'alter system set log_statement = none',
    ];
    const refusals = await Promise.all(
      forbidden.map((sql) =>
        ask(url, sql).then(
          () => sql,
          (error: { code?: string }) => error.code,
        ),
      ),
    );
    expect(refusals).toEqual(forbidden.map(() => '42501'));
    const server = new URL(url);
    server.pathname = '/postgres';
    await expect(ask(server.href, 'select 1')).rejects.toThrow('permission denied for database "postgres"');
  });

  it('keeps its databases and their user over a second start', async () => {
    const dataDir = join(folder, 'again');
    const first = await startPostgres({ own: true, dataDir, durable: false });
    await ask(first.url, 'create table calls as select 1 as id');
    await first.stop();
    await using second = await startPostgres({ own: true, dataDir, durable: false });
    expect(await ask(second.url, 'select * from calls')).toEqual([{ id: 1 }]);
  });

  it('is refused in a sentence when its port is taken', async () => {
    await using postgres = await startPostgres({ own: true, dataDir: join(folder, 'port'), durable: false });
    const port = Number(new URL(postgres.url).port);
    await expect(startPostgres({ own: true, dataDir: join(folder, 'port2'), port })).rejects.toThrow(
      `Port ${port} on loopback, wanted for PostgreSQL, is taken`,
    );
  });

  it('starts in a folder with blanks that only its starter may enter', async () => {
    const closed = mkdtempSync(join(folder, 'a closed folder '));
    const dataDir = join(closed, 'the data');
    {
      await using postgres = await startPostgres({ own: true, dataDir, durable: false });
      await ask(postgres.url, 'create table calls as select 1 as id');
    }
    await using again = await startPostgres({ own: true, dataDir, durable: false });
    expect(await ask(again.url, 'select * from calls')).toEqual([{ id: 1 }]);
    expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
  });

  it('has no more rights on the machine than any program of its user', async () => {
    await using postgres = await startPostgres({
      own: true,
      dataDir: join(folder, 'rights'),
      durable: false,
    });
    expect(status(postgres.pid ?? 0)).toMatch(/^CapEff:\s*0+$/m);
  });

  it('begins anew when its folder was deleted, wherever the data lay', async () => {
    const closed = mkdtempSync(join(folder, 'deleted '));
    const dataDir = join(closed, 'data');
    const first = await startPostgres({ own: true, dataDir, durable: false });
    await ask(first.url, 'create table calls as select 1 as id');
    await first.stop();
    const lay = realpathSync(dataDir);
    rmSync(closed, { recursive: true, force: true });
    mkdirSync(closed, { mode: 0o700 });
    await using second = await startPostgres({ own: true, dataDir, durable: false });
    await expect(ask(second.url, 'select * from calls')).rejects.toThrow(/does not exist/);
    expect(realpathSync(dataDir)).toBe(lay);
  });

  it('leaves no process behind when its starter is killed', async () => {
    const dataDir = join(folder, 'orphan');
    const starter = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { startPostgres } from ${JSON.stringify(fileURLToPath(new URL('start-postgres.ts', import.meta.url)))};
      console.log((await startPostgres({ own: true, dataDir: ${JSON.stringify(dataDir)} })).pid);
    `,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = await new Promise<number>((resolve) =>
      starter.stdout.once('data', (line) => resolve(Number(line))),
    );
    expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(true);
    starter.kill('SIGKILL');
    const ended = async () => (/^State:\s+Z/m.test(status(pid)) || status(pid) === '' ? true : undefined);
    expect(await until('the end of PostgreSQL', ended, { timeoutMs: 10_000 })).toBe(true);
  });
});

const status = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};
