import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { afterAll, describe, expect, it } from 'vitest';
import { leasesBucket } from '@earshot/contracts';
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
    await expect(startNats({ source, storeDir: join(folder, 'second'), port })).rejects.toThrow(`Port ${port} on loopback, wanted for NATS, is taken`);
  });

  it('that is not configured as it should be is refused with what the server said', async () => {
    await expect(startNats({ source, storeDir: join(folder, 'wrong'), config: 'nonsense: true' })).rejects.toThrow(/NATS ended with exit code 1.*nonsense/s);
  });

  it('lets only its writer say something about a call, and each service read the calls and hold its lease', async () => {
    await using nats = await startNats({ source, storeDir: join(folder, 'users'), users: true });
    const connection = await connectAs(nats.urlFor('signaling'));
    const manager = await jetstreamManager(connection);
    await manager.streams.add(calls);
    const js = jetstream(connection);
    await js.publish('calls.0.1.x.signaling', 'rang');
    await manager.streams.add({ name: 'SETTINGS', subjects: ['settings.>'] });
    await js.publish('settings.lines.support', '{}');

    await expect(js.publish('calls.0.1.x.supervision', 'forged')).rejects.toThrow(/permission/i);
    await expect(js.publish('settings.service-codes.spy', '{}')).rejects.toThrow(/permission/i);
    await expect(manager.streams.delete('CALLS')).rejects.toThrow(/permission/i);
    await expect(manager.streams.purge('CALLS')).rejects.toThrow(/permission/i);

    const texts: string[] = [];
    for await (const message of await manager.direct.getBatch('CALLS', { seq: 1, batch: 10, next_by_subj: 'calls.0.1.x.signaling' })) texts.push(message.string());
    expect(texts).toEqual(['rang']);
    const consumer = await js.consumers.get('CALLS', { filter_subjects: 'calls.*.1.>' });
    for await (const message of await consumer.consume()) {
      expect(message.string()).toBe('rang');
      break;
    }
    const leases = await new Kvm(js).create(leasesBucket);
    await leases.create('signaling.1', 'me');
    expect((await leases.get('signaling.1'))?.string()).toBe('me');

    const other = await connectAs(nats.urlFor('reporting'));
    await expect(jetstream(other).publish('calls.0.1.x.signaling', 'forged')).rejects.toThrow(/permission/i);
    await other.close();
    await connection.close();
  });
});

/** TCP ports that a process listens on, from what Linux tells of its sockets. */
async function listeningPortsOf(pid: number): Promise<number[]> {
  const links = await Promise.all((await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const rows = (await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')))).flatMap((text) => text.trim().split('\n').slice(1));
  const listens = '0A';
  return rows.map((row) => row.trim().split(/\s+/)).filter((cells) => cells[3] === listens && own.has(cells[9] ?? ''))
    .map((cells) => Number.parseInt(cells[1]?.split(':')[1] ?? '', 16));
}

async function connectAs(url: string) {
  const { username: user, password: pass, host } = new URL(url);
  return await connect({ servers: host, user, pass });
}
