// Runs on the Node.js that is there (20 or later) with nothing installed: brings pnpm, a current Node.js and the packages,
// then hands over to the real command. Plain JavaScript, because nothing else runs yet; and an old Node.js has to be able
// to read this file, else it cannot say that it is too old.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

/** What each npm script really runs. */
const commands = {
  start: {
    what: 'starts everything with the simulated switch and plays the story',
    run: ['infra/local/start.ts'],
  },
  lab: {
    what: 'the same on a real Asterisk, for SIP phones on this machine',
    run: ['infra/local/start.ts', '--switch', 'asterisk'],
  },
  call: { what: 'tells one call of what runs: who decided what, and why', run: ['infra/local/call/call.ts'] },
  token: {
    what: 'makes, lists and revokes API tokens of what runs',
    run: ['infra/local/token.ts'],
  },
  test: { what: 'runs every test; with paths, those only', run: ['infra/local/run-tests.ts'] },
  bench: { what: 'measures, with ratios taken in one run', run: ['tests/benchmarks/run.ts'] },
  check: {
    what: 'type check, lint and unit tests, for while you write',
    run: ['infra/local/run-tests.ts', '--level', 'unit'],
  },
};

const help = `Usage: npm run <command> [-- arguments]

${Object.entries(commands)
  .map(([name, { what }]) => `  ${name.padEnd(6)} ${what}`)
  .join('\n')}

What is downloaded lies in .cache and node_modules, data of the local run in .data.
`;

const main = async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help);
    return 0;
  }
  const command = commands[name];
  if (command === undefined)
    throw new Error(`There is no command "${name}": use one of ${Object.keys(commands).join(', ')}.`);
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20)
    throw new Error(
      `Node.js ${process.versions.node} is too old to start with: install version 20 or later.`,
    );
  mkdirSync(join(root, '.cache'), { recursive: true });
  const { install } = await import('./install.mjs');
  await install(root);
  const [script, ...args] = command.run;
  if (!existsSync(join(root, script)))
    throw new Error(`"npm run ${name}" is not there yet: ${script} is missing.`);
  return handOver([join(root, script), ...args, ...rest]);
};

/**
 * Runs the real command in a session of its own, so that a Ctrl-C arrives once, from here. Its end of the IPC channel
 * closes when this process is killed, and then it ends too.
 */
const handOver = (args) => {
  const node = process.platform === 'win32' ? join(bin, 'node.cmd') : join(bin, 'node');
  const child = spawn(node, args, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH || ''}` },
  });
  let firstSignal;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = performance.now();
      // npm passes on what the terminal has sent already: within half a second it is the same Ctrl-C.
      if (firstSignal === undefined) {
        firstSignal = now;
        child.kill(signal);
      } else if (now - firstSignal > 500) child.kill('SIGKILL');
    });
  }
  // A killed npm tells nobody; its child gets another parent. (The scripts say "exec", so that npm's child is this process.)
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
  }
  return new Promise((done, failed) => {
    child.once('error', (error) =>
      failed(
        new Error(
          `The installed Node.js could not be started (${error.message}): delete node_modules and try again.`,
        ),
      ),
    );
    child.once('exit', (code, signal) => done(code === null ? 128 + (constants.signals[signal] || 0) : code));
  });
};

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  },
);
