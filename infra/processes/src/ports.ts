import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Where ports are looked for: above those that Linux gives to outgoing connections, because between the look and the use of a port
 * somebody else's connection must not take it.
 */
const first = 61_000;
const last = 65_500;
const attempts = 50;
/** Ports that this process was told of: whoever asked may use theirs later than the next one who asks. */
const given = new Set<number>();

/** Nobody listens on it, neither for TCP nor for UDP: a telephone binds both. @throws the system's error when somebody does */
const requireFree = async (port: number): Promise<void> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  socket.close();
  await once(socket, 'close');
};

/** A port on loopback, free for TCP and UDP at this moment, that this process was never told of. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      if (given.has(port)) throw new Error(`The port ${port} was given to somebody else.`);
      await requireFree(port);
      given.add(port);
      return port;
    } catch (error) {
      if (attempt === attempts)
        throw new Error(`No free port was found from ${first} to ${last}.`, { cause: error });
    }
  }
};

/** Whether a program could listen on this loopback port now. */
export const portIsFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
};
