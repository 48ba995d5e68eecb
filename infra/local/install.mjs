import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const NEEDED_BYTES = 1.5e9;
// With less than this a step that failed has most likely failed for that reason, and could not even write its log.
const FULL_BYTES = 20e6;
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * Makes node_modules agree with the lockfile; does nothing, in milliseconds, when it does already.
 * Throws one sentence that says what is wrong and what to do.
 */
export const install = async (root) => {
  const stamp = join(root, 'node_modules', '.earshot-installed');
  const wanted = fingerprint(root);
  if (read(stamp) === wanted && existsSync(join(root, 'node_modules', '.bin', 'node'))) return;
  requireSpace(root);
  if (spawnSync(npm, ['--version']).status !== 0) {
    throw new Error('npm was not found: install it (on Debian: apt-get install npm), then start again.');
  }
  const pnpm = await providePnpm(root);
  rmSync(stamp, { force: true });
  await step(root, 'Installing packages and Node.js', 'install', pnpm, [
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
  ]);
  writeFileSync(stamp, wanted);
};

/** The pnpm that package.json names, in a cache folder of the checkout, never global. */
const providePnpm = async (root) => {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = packageManager.split('@')[1];
  const folder = join(root, '.cache', `pnpm-${version}`);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    await step(root, `Fetching pnpm ${version}`, 'pnpm', npm, [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--no-save',
      `pnpm@${version}`,
    ]);
    writeFileSync(complete, '');
  }
  return join(folder, 'node_modules', '.bin', process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm');
};

const fingerprint = (root) => {
  const hash = createHash('sha256').update(process.platform).update(process.arch);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(read(join(root, file)) ?? '');
  return hash.digest('hex');
};

const read = (file) => {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

const requireSpace = (root) => {
  const full = fullerThan(root, NEEDED_BYTES);
  if (full === undefined) return;
  throw new Error(
    `The disk of ${full.folder} has ${gigabytes(full.free)} GB free, but the installation needs ${gigabytes(NEEDED_BYTES)} GB: make room, then start again.`,
  );
};

/** The first folder of the installation, each of which may be a disk of its own, with less than so many bytes free. */
const fullerThan = (root, bytes) => {
  for (const folder of [root, join(root, '.cache'), join(root, 'node_modules')]) {
    if (!existsSync(folder)) continue;
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < bytes) return { folder, free: bavail * bsize };
  }
  return undefined;
};

const gigabytes = (bytes) => {
  return (bytes / 1e9).toFixed(1);
};

/** Runs a long command with a sign of life; its output goes to a log, whose end is shown when it fails. */
const step = async (root, what, logName, command, args) => {
  const logFile = join(root, '.cache', `${logName}.log`);
  const log = openSync(logFile, 'w');
  const done = showProgress(what);
  // Hooks and settings that hold for an outer npm run must not change this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(lifecycle|package)_/.test(key)),
  );
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', log, log], env: { ...env, CI: 'true' } });
  const forward = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const stop = () => {
      child.kill(signal);
      process.stderr.write('\nInterrupted.\n');
      process.exit(130);
    };
    process.once(signal, stop);
    return () => process.off(signal, stop);
  });
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)));
  });
  forward.forEach((remove) => remove());
  closeSync(log);
  done(end === '');
  if (end !== '') throw new Error(explain(root, what, end, logFile));
};

/** The known reasons in one sentence; the log's end in any case. */
const explain = (root, what, end, logFile) => {
  const text = readFileSync(logFile, 'utf8');
  const tail = text
    .trimEnd()
    .split('\n')
    .slice(-12)
    .map((line) => `  | ${line}`)
    .join('\n');
  const reasons = [
    [/ENOSPC|no space left/i, 'the disk is full: make room'],
    [
      /OUTDATED_LOCKFILE|frozen-lockfile|LOCKFILE_CONFIG_MISMATCH|lockfile is not up to date/i,
      'pnpm-lock.yaml does not agree with a package.json: take both from the same commit, or run "pnpm install" and commit the lockfile',
    ],
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|META_FETCH_FAIL|network|dns error|tcp connect|error sending request/i,
      'the package registry cannot be reached: check the network, the proxy and npm\'s setting "registry"',
    ],
    [/EACCES|permission denied/i, 'a folder may not be written: check who owns the checkout'],
  ];
  // pnpm breaks its messages into lines.
  const said = text.replaceAll(/[\s│]+/g, ' ');
  const known =
    fullerThan(root, FULL_BYTES) === undefined ? reasons.find(([pattern]) => pattern.test(said)) : reasons[0];
  const reason = known === undefined ? end : known[1];
  return `${what} failed: ${reason}; then start again (whole log: ${logFile}).\n${tail}`;
};

const showProgress = (what) => {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (!process.stdout.isTTY) {
    process.stdout.write(`${what} …\n`);
    const sign = setInterval(() => process.stdout.write(`${what} … ${seconds()}\n`), 15_000);
    return (ok) => {
      clearInterval(sign);
      process.stdout.write(`${ok ? '✔' : '✖'} ${what} (${seconds()})\n`);
    };
  }
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let turn = 0;
  const spin = setInterval(
    () => process.stdout.write(`\r${frames[turn++ % frames.length]} ${what} … ${seconds()} `),
    100,
  );
  return (ok) => {
    clearInterval(spin);
    process.stdout.write(`\r\u001B[K${ok ? '✔' : '✖'} ${what} (${seconds()})\n`);
  };
};
