import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { fetchDebianPackage, hasDebianTools } from './debian-package.ts';
import { dockerWorks } from './docker.ts';
import { MINIMUM_VERSION, isNewEnough, programVersion, requireVersion } from './version.ts';
import { checkServer } from './external.ts';

/** Where the NATS server comes from. */
export type NatsSource =
  | { readonly kind: 'external'; readonly url: string; readonly version: string }
  | { readonly kind: 'program'; readonly program: string; readonly version: string }
  | { readonly kind: 'docker' };

/** The folder for what is downloaded once: EARSHOT_CACHE, else `.cache` of the checkout. */
export const cacheFolder = (): string => {
  return process.env['EARSHOT_CACHE'] ?? fileURLToPath(new URL('../../../.cache', import.meta.url));
};

/**
 * Finds a NATS server, in this order: NATS_URL, `nats-server` on the PATH when new enough, one downloaded before,
 * Docker, Debian's package. What was downloaded before stands ahead of Docker because it is there already.
 * @throws one sentence when there is none, or when the one of NATS_URL is too old
 */
export const findNats = async (onProgress: (text: string) => void = () => {}): Promise<NatsSource> => {
  const url = process.env['NATS_URL'];
  if (url !== undefined && url !== '')
    return { kind: 'external', url, version: (await checkServer(url)).version };
  return findOwnNats(onProgress);
};

/** As `findNats`, but never the server of NATS_URL: for tests, which kill theirs and must not meet other streams. */
export const findOwnNats = async (
  onProgress: (text: string) => void = () => {},
): Promise<Exclude<NatsSource, { kind: 'external' }>> => {
  // Debian installs it into a folder that is on the PATH of root only.
  const program = ['nats-server', '/usr/sbin/nats-server'].find((name) => programVersion(name) !== undefined);
  const onPath = program === undefined ? undefined : programVersion(program);
  if (program !== undefined && onPath !== undefined && isNewEnough(onPath))
    return { kind: 'program', program, version: onPath };
  if (onPath !== undefined)
    onProgress(`the nats-server on the PATH is ${onPath}, older than ${MINIMUM_VERSION}: looking further`);

  const folder = join(cacheFolder(), 'nats');
  const cached = join(folder, 'nats-server');
  const cachedVersion = programVersion(cached);
  if (cachedVersion !== undefined && isNewEnough(cachedVersion))
    return { kind: 'program', program: cached, version: cachedVersion };

  if (await dockerWorks()) return { kind: 'docker' };
  if (!hasDebianTools()) {
    const found = onPath === undefined ? '' : ` (the one on the PATH is ${onPath})`;
    throw new Error(
      `No NATS server of version ${MINIMUM_VERSION} or later was found${found}: install nats-server, start Docker, or set NATS_URL.`,
    );
  }
  const fetched = await fetchDebianPackage(folder, onProgress);
  const version = programVersion(fetched);
  if (version === undefined)
    throw new Error(
      `The NATS server from Debian's package does not run on this machine (${fetched}): install nats-server ${MINIMUM_VERSION} or later, or set NATS_URL.`,
    );
  requireVersion(version, "from Debian's package");
  return { kind: 'program', program: fetched, version };
};
