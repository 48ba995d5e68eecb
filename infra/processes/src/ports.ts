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

/** A TCP port on loopback that nobody listens on at this moment, and that this process was never told of. */
export const freePort = (): Promise<number> => {
  return firstFree(async (port) => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  });
};

/** A UDP port on loopback that nobody listens on at this moment, and that this process was never told of. */
export const freeUdpPort = (): Promise<number> => {
  return firstFree(async (port) => {
    const socket = createSocket('udp4');
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    socket.close();
    await once(socket, 'close');
  });
};

const firstFree = async (tryPort: (port: number) => Promise<void>): Promise<number> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      if (given.has(port)) throw new Error(`The port ${port} was given to somebody else.`);
      await tryPort(port);
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
