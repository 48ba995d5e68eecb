import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Debian's stable release has 2.9, too old for us; this one has what we need and its program runs on stable as it is.
const SUITE = 'forky';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Downloads Debian's package of the NATS server with this machine's own apt, checks it against Debian's keys, and
 * unpacks the program into `folder`, all without root and without touching the machine's package lists.
 * @returns the path of the program
 * @throws one sentence when apt, the mirror or the package is missing
 */
export const fetchDebianPackage = async (
  folder: string,
  onProgress: (text: string) => void,
): Promise<string> => {
  const program = join(folder, 'nats-server');
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'download-'));
  try {
    onProgress('looking for the Debian package of the NATS server');
    const apt = await privateApt(scratch, await debianMirror());
    await apt.update();
    onProgress('downloading the Debian package of the NATS server');
    await apt.download('nats-server');
    const file = (await readdir(scratch)).find((name) => name.endsWith('.deb'));
    if (file === undefined) throw new Error('apt downloaded no package');
    onProgress('unpacking the NATS server');
    await run('dpkg', ['-x', join(scratch, file), join(scratch, 'unpacked')]);
    // A rename is all or nothing: a start that is interrupted leaves no half program, two starts at once do no harm.
    await rename(join(scratch, 'unpacked', 'usr', 'sbin', 'nats-server'), program);
    return program;
  } catch (error) {
    throw new Error(
      `The NATS server could not be fetched as a Debian package (${firstLine(error)}): install nats-server 2.12 or later, or set NATS_URL.`,
      { cause: error },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Whether this machine has Debian's tools at all. */
export const hasDebianTools = (): boolean => {
  return existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg');
};

const debianMirror = async (): Promise<string> => {
  const known = await run('apt-get', ['indextargets', '--format', '$(SITE)', 'Origin: Debian']);
  const site = known.stdout.split('\n').find((line) => line !== '');
  if (site !== undefined) return site;
  // A fresh machine has no package lists yet; what an update would read still names the mirror.
  const planned = await run('apt-get', ['--print-uris', 'update']);
  const mirror = /^'([^']+\/debian)\/dists\//m.exec(planned.stdout)?.[1];
  if (mirror === undefined) throw new Error('the apt sources of this machine name no Debian mirror');
  return mirror;
};

const privateApt = async (folder: string, mirror: string) => {
  const keys = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  await writeFile(join(folder, 'sources.list'), `deb ${keys}${mirror} ${SUITE} main\n`);
  await writeFile(join(folder, 'status'), '');
  await Promise.all(
    ['lists/partial', 'cache/archives/partial', 'state'].map((name) =>
      mkdir(join(folder, name), { recursive: true }),
    ),
  );
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State': join(folder, 'state'),
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const apt = (more: string[], verb: string[]) =>
    run('apt-get', [...options, ...more, ...verb], { cwd: folder });
  let dates: string[] = [];
  return {
    update: async () => {
      await apt([], ['update']).catch(async (error: unknown) => {
        if (!/expired|not valid/i.test(String(error))) throw error;
        // The signature is still checked; only this machine's clock and the mirror disagree on the date.
        dates = ['-o', 'Acquire::Check-Valid-Until=false', '-o', 'Acquire::Check-Date=false'];
        await apt(dates, ['update']);
      });
    },
    download: async (name: string) => void (await apt(dates, ['download', name])),
  };
};

const firstLine = (error: unknown): string => {
  const text =
    error instanceof Error ? ((error as { stderr?: string }).stderr ?? '') || error.message : String(error);
  const lines = text.split('\n').filter((line) => line !== '');
  return (lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? 'no reason given').trim();
};
