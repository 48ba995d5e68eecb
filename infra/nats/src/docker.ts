import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The image of the Docker way. */
export const NATS_IMAGE = 'nats:2.15-alpine';

/** Whether a Docker engine answers; the client alone is not enough. */
export const dockerWorks = async (): Promise<boolean> => {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 3000 }).then(
    () => true,
    () => false,
  );
};

/**
 * The `docker run` of a server whose configuration and data lie in folders of this machine, on this machine's loopback.
 * The container's shell waits for its standard input, which Docker closes when the client dies: so the server ends with
 * the process that started it, even when that was killed.
 */
export const dockerArguments = (folders: readonly string[], configFile: string): string[] => {
  const user =
    process.getuid === undefined ? [] : ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`];
  const serve = `nats-server -c '${configFile}' & server=$!; cat >/dev/null; kill $server; wait $server`;
  return [
    'run',
    '--rm',
    '--interactive',
    '--network',
    'host',
    ...user,
    ...folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]),
    '--entrypoint',
    'sh',
    NATS_IMAGE,
    '-c',
    serve,
  ];
};
