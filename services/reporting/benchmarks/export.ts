/*
 * How fast the whole export is read: `node services/reporting/benchmarks/export.ts [rows] [rounds]`.
 * Reporting in a process of its own and a client that follows next_page and parses every page, beside \copy
 * of the same rows as JSON on the same PostgreSQL. Prints one JSON line.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { cpus } from 'node:os';
import { testNats } from '@earshot/testkit/nats';
import { testPostgres } from '@earshot/testkit/postgres';
import { startServiceProcess } from '@earshot/testkit/service-process';
import pg from 'pg';

const wanted = Number(process.argv[2] ?? 200_000);
const rounds = Number(process.argv[3] ?? 5);
const token = randomUUID();
const agent = new Agent({ keepAlive: true });

/** The text of a page; the client does as little as it can. */
const getText = (url: string, encoding = 'identity'): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(
      url,
      { agent, headers: { authorization: `Bearer ${token}`, 'accept-encoding': encoding } },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => void chunks.push(chunk))
          .on('end', () => resolve(Buffer.concat(chunks)));
      },
    ).on('error', reject);
  });

await using nats = await testNats();
await using postgres = await testPostgres();
await using service = await startServiceProcess('reporting', new URL('../src/main.ts', import.meta.url), {
  NATS_URL: nats.url,
  DATABASE_URL: postgres.url,
  EXPORT_TOKEN: token,
  TENANT: 'demo',
});
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
await client.query(`
  insert into calls (call_id, id, tenant, exported, changed_sequence, updated_at, created_at, direction, completion_status, agent_id, call_group_id,
    line_id, line_name, line_type, line_number, recording_consent, recording_consent_action, recording_consent_keypress, duration_ms, wait_ms,
    time_to_answer_ms, talk_ms, recording_ms, not_recording_ms, state)
  select ('0199a1b2-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n * 20, 'demo', true, n * 20, timestamptz '2024-01-01Z' + n * interval '400 ms',
    timestamptz '2024-01-01Z' + n * interval '400 ms' - interval '5 min', 'inbound', 'completed', 1 + n % 50, 18, 21, 'Support', 'phone', '+41445550100',
    'opt_in', 'caller_opted_in', '3', 300000 + n % 1000, 4000, 6000, 280000, 250000, 30000, '{}' from generate_series(1, ${wanted}) n`);
await client.query(`update checkpoint set sequence = ${wanted * 20}, watermark = '2030-01-01T00:00:00.000Z'`);
await client.query('vacuum analyze calls');

interface Page {
  readonly calls: readonly object[];
  readonly count: number;
  readonly next_page: string;
}
const readAll = async (): Promise<number> => {
  let rows = 0;
  for (let url = `${service.url}/api/v2/channels/voice/stats/incremental/calls?start_time=0`; ;) {
    const page = JSON.parse((await getText(url)).toString()) as Page;
    rows += page.count;
    if (page.count === 0) return rows;
    url = page.next_page;
  }
};
const columns = `id, updated_at, changed_sequence, created_at, direction, completion_status, agent_id, call_group_id, line_id, line_name, line_type, line_number,
  recording_consent, recording_consent_action, recording_consent_keypress, ivr_action, ivr_destination_group_name, ivr_hops, ivr_ms, duration_ms, wait_ms,
  time_to_answer_ms, talk_ms, recording_ms, not_recording_ms`;
const selected =
  `select row_to_json(c) from (select ${columns} from calls where exported order by updated_at, changed_sequence, id) c`.replaceAll(
    /\s+/g,
    ' ',
  );
const psql = spawnSync('psql', ['--version']).status === 0;
/** psql's \copy where there is one, else what it sends to the server. */
const copyAll = async (): Promise<number> => {
  if (!psql) return (await client.query(`copy (${selected}) to stdout`)).rowCount ?? 0;
  const copying = spawn(
    'psql',
    [postgres.url, '--quiet', '--command', `\\copy (${selected}) to '/dev/null'`],
    { stdio: 'inherit' },
  );
  const [code] = (await once(copying, 'exit')) as [number];
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  return wanted;
};
const rateOf = async (read: () => Promise<number>): Promise<number> => {
  const begun = performance.now();
  return Math.round((await read()) / ((performance.now() - begun) / 1000));
};

const [exported, copied]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  exported.push(await rateOf(readAll));
  copied.push(await rateOf(copyAll));
}
const median = (rates: readonly number[]): number =>
  rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
const first = `${service.url}/api/v2/channels/voice/stats/incremental/calls?start_time=0`;
console.log(
  JSON.stringify({
    rows: wanted,
    copiedBy: psql ? 'psql' : 'pg',
    exportedPerSecond: exported,
    copiedPerSecond: copied,
    ratio: Math.round((median(exported) / median(copied)) * 100) / 100,
    pageBytes: (await getText(first)).length,
    compressedBytes: (await getText(first, 'gzip')).length,
    cores: cpus().length,
    node: process.version,
  }),
);
await client.end();
agent.destroy();
