import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testNats } from '@earshot/testkit/nats';
import { expect, it } from 'vitest';
import { keyPressed, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import { openStore } from './open-store.ts';

/** A disk of its own, as large as this, in MB; undefined where that may not be made. */
const smallDisk = async (megabytes: number) => {
  const path = await mkdtemp(join(tmpdir(), 'earshot-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    await rm(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', [path]);
      await rm(path, { recursive: true });
    },
  };
};

const patient = { timeout: 60_000, interval: 100 };

it(
  'a service is not ready while the disk of NATS is full, though it may have nothing to write, until NATS runs on one with room',
  { timeout: 120_000 },
  async (test) => {
    await using disk = await smallDisk(24);
    if (!disk) return test.skip('no file system may be mounted here');
    await using nats = await testNats({ within: disk.path });
    await using store = await openStore('supervision', {
      NATS_URL: nats.url,
      NATS_REPLICAS: 1,
      TENANT: 'demo',
    });
    await using _ = await store.coordination.leases.join('supervision', 'one');
    expect(store.ready()).toBe(true);
    const fill = join(disk.path, 'fill');
    await writeFile(fill, Buffer.alloc(30e6)).catch(() => {});
    await expect.poll(() => store.ready(), patient).toMatch(/^NATS does not store what is written/);
    // The log answers to everything else, so nothing but a write tells.
    expect(await store.log.lastSequence()).toBe(0);

    await rm(fill);
    await nats.restart();
    await expect.poll(() => store.ready(), patient).toBe(true);
    const call = numberedCall(1);
    await signalingOn(store.log)(call, keyPressed(call, '1'));
    expect(store.ready()).toBe(true);
  },
);
