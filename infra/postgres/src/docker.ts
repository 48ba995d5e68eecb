/** The image of the Docker way; the same major version as the embedded one. */
export const POSTGRES_IMAGE = 'postgres:18-alpine';

/**
 * The `docker run` of a server with its data in a folder of this machine, published on loopback only.
 * Its shell waits for its standard input, which Docker closes when the client dies: so it ends with the process that started it.
 */
export const dockerArguments = (
  dataDir: string,
  port: number,
  user: string,
  password: string,
  settings: readonly string[],
): string[] => {
  const options = settings.map((setting) => `-c ${setting}`).join(' ');
  const serve = `docker-entrypoint.sh postgres ${options} & server=$!; cat >/dev/null; kill -INT $server; wait $server`;
  return [
    'run',
    '--rm',
    '--interactive',
    '--publish',
    `127.0.0.1:${port}:5432`,
    '--volume',
    `${dataDir}:/var/lib/postgresql`,
    '--env',
    `POSTGRES_USER=${user}`,
    '--env',
    `POSTGRES_PASSWORD=${password}`,
    '--env',
    'POSTGRES_DB=postgres',
    '--entrypoint',
    'sh',
    POSTGRES_IMAGE,
    '-c',
    serve,
  ];
};
