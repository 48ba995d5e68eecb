import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A phone writes what it hears as it hears it: where a disk cannot keep it waiting. */
const parents = { asterisk: '/tmp', phone: existsSync('/dev/shm') ? '/dev/shm' : '/tmp' } as const;
const named = /^earshot-(?:asterisk|phone)-(\d+)-/;

/** Makes the folder of a new Asterisk or phone, and removes those whose makers died without removing their own. */
export const makeInstanceFolder = async (kind: 'asterisk' | 'phone'): Promise<string> => {
  const parent = parents[kind];
  for (const entry of await readdir(parent)) {
    const maker = named.exec(entry)?.[1];
    // No mount can be below: they live in the namespace of an instance, which died with its maker.
    if (maker !== undefined && !existsSync(`/proc/${maker}`))
      await rm(join(parent, entry), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `earshot-${kind}-${process.pid}-`));
};
