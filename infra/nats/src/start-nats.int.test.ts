import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, describe, expect, it } from 'vitest';
import { callSubject, confinedApi } from '@earshot/contracts';
import type { Writer } from '@earshot/contracts';
import { checkServer } from './external.ts';
import { findOwnNats } from './find-server.ts';
import { startNats } from './start-nats.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-nats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = await findOwnNats();
const calls = { name: 'CALLS', subjects: ['calls.*.*.*.*'], allow_direct: true };

describe('the NATS server of a local run', () => {
  it('keeps the log of calls over a kill and a restart on the same port', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'kept') });
    const url = nats.url;
    const connection = await connect({ servers: url });
    await (await jetstreamManager(connection)).streams.add(calls);
    await jetstream(connection).publish('calls.0.1.call.signaling', 'rang');
    await connection.close();
    const before = nats.pid;
    await nats.kill('SIGKILL');
    await nats.restart();
    expect(nats.pid).not.toBe(before);
    const again = await connect({ servers: url });
    expect((await (await jetstreamManager(again)).streams.info('CALLS')).state.messages).toBe(1);
    await again.close();
  });

  it('says its version to a check by address, and that it has JetStream', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'info') });
    expect(await checkServer(nats.url)).toEqual({ version: nats.version, jetstream: true });
  });

  it('tells nobody who is connected and what is stored, unless its monitoring was asked for', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'quiet'), users: true });
    expect(nats.monitorUrl).toBeUndefined();
    expect(await listeningPortsOf(nats.pid ?? 0)).toEqual([Number(new URL(nats.url).port)]);
    await using watched = await startNats({ source, storeDir: join(folder, 'watched'), monitorPort: 0 });
    expect((await fetch(`${watched.monitorUrl}/healthz`)).status).toBe(200);
  });

  it('is refused in a sentence when its port is taken', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'first') });
    const port = Number(new URL(nats.url).port);
    await expect(startNats({ source, storeDir: join(folder, 'second'), port })).rejects.toThrow(
      `Port ${port} on loopback, wanted for NATS, is taken`,
    );
  });

  it('that is not configured as it should be is refused with what the server said', async () => {
    await expect(
      startNats({ source, storeDir: join(folder, 'wrong'), config: 'nonsense: true' }),
    ).rejects.toThrow(/NATS ended with exit code 1.*nonsense/s);
  });

  it('has an account per service, which reaches the log by what is its own only, and nothing of JetStream itself', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'users'), users: true });
    const admin = await connectAs(nats.url);
    await (await jetstreamManager(admin)).streams.add(calls);
    const connection = await connectAs(nats.urlFor('signaling'));
    const publish = (writer: Writer) =>
      connection.request(callSubject('01900000-0000-7000-8000-000000000001', writer), 'x', { timeout: 500 });
    expect((await publish('signaling')).json()).toMatchObject({ stream: 'CALLS', seq: 1 });
    await expect(publish('supervision')).rejects.toThrow(/no responders/i);
    const api = async (question: string, body = '') =>
      (await connection.request(question, body)).json<{ error?: { err_code: number } }>().error?.err_code;
    expect(await api(`${confinedApi}.STREAM.INFO.CALLS`)).toBeUndefined();
    for (const act of ['DELETE', 'PURGE']) {
      await expect(api(`${confinedApi}.STREAM.${act}.CALLS`)).rejects.toThrow(/no responders/i);
      expect(await api(`$JS.API.STREAM.${act}.CALLS`)).toBe(10_039);
    }
    await expect(connectAs(nats.url.replace(/\/\/.*@/, '//x:y@'))).rejects.toThrow(/authorization/i);
    await connection.close();
    await admin.close();
  });
});

/** TCP ports that a process listens on, from what Linux tells of its sockets. */
const listeningPortsOf = async (pid: number): Promise<number[]> => {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const rows = (
    await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')))
  ).flatMap((text) => text.trim().split('\n').slice(1));
  const listens = '0A';
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((cells) => cells[3] === listens && own.has(cells[9] ?? ''))
    .map((cells) => Number.parseInt(cells[1]?.split(':')[1] ?? '', 16));
};

const connectAs = async (url: string) => {
  const { username: user, password: pass, host } = new URL(url);
  return connect({ servers: host, user, pass });
};
