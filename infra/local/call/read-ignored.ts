import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallId } from '@earshot/contracts';
import type { ToldIgnored } from './entry.ts';

/** Gives what the services' logs have gained about a call since the last time it was asked. */
export type IgnoredReader = () => Promise<readonly ToldIgnored[]>;

/** Reads the logs of the services in these folders; a folder that is not there has none. */
export const ignoredReader = (folders: readonly string[], callId: CallId): IgnoredReader => {
  const readUpTo = new Map<string, number>();
  const told = new Set<string>();
  return async () => {
    const entries: ToldIgnored[] = [];
    for (const folder of folders) {
      const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.log'));
      for (const file of files.map((name) => join(folder, name))) {
        for (const line of await newLines(file, readUpTo)) entries.push(...ignoredIn(line, callId));
      }
    }
    // A restarted service decides again on what it has ignored before.
    return entries.filter(({ service, cause, input }) => {
      const decision = JSON.stringify([service, cause, input]);
      return !told.has(decision) && told.add(decision);
    });
  };
};

const newLines = async (file: string, readUpTo: Map<string, number>): Promise<readonly string[]> => {
  await using handle = await open(file);
  const from = readUpTo.get(file) ?? 0;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc((await handle.stat()).size - from), {
    position: from,
  });
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  readUpTo.set(file, from + end);
  return buffer.subarray(0, end).toString('utf8').split('\n');
};

const ignoredIn = (line: string, callId: CallId): readonly ToldIgnored[] => {
  if (!line.includes(callId) || !line.includes('"ignored"')) return [];
  try {
    const {
      msg,
      callId: of,
      time,
      service,
      input,
      because,
      cause,
      sequence,
    } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (msg !== 'ignored' || of !== callId) return [];
    return [
      {
        kind: 'ignored',
        at: Date.parse(String(time)),
        service: String(service),
        input: String(input),
        because: String(because),
        cause: String(cause),
        sequence: typeof sequence === 'number' ? sequence : null,
      },
    ];
  } catch {
    return [];
  }
};
