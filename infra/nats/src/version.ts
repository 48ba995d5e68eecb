import { spawnSync } from 'node:child_process';
import { minimumServerVersion } from '@earshot/contracts';

/** The first server with what the log relies on; older ones ignore parts of it without a word (2.9 does). */
export const MINIMUM_VERSION = minimumServerVersion;

/** Whether `version` (like 2.15.1) is the minimum or later. */
export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = numbers(version);
  const [wantedMajor = 0, wantedMinor = 0] = numbers(MINIMUM_VERSION);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
};

const numbers = (version: string): number[] => {
  return version.split(/[.-]/).map(Number);
};

/** The version that a `nats-server` program says it is; undefined when it does not run. */
export const programVersion = (program: string): string | undefined => {
  const run = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return /v?(\d+\.\d+\.\d+\S*)/.exec(run.stdout ?? '')?.[1];
};

/** @throws one sentence when the server is too old; `where` says how it was found */
export const requireVersion = (version: string, where: string): void => {
  if (isNewEnough(version)) return;
  throw new Error(
    `The NATS server ${where} is version ${version}, but Earshot needs ${MINIMUM_VERSION} or later: upgrade it, or point NATS_URL at a newer one.`,
  );
};
