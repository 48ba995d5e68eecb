import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Where ports are looked for: above those that Linux gives to outgoing connections, because between the look and the use of a port
 * somebody else's connection must not take it.
 */
const first = 61_000;
const blocks = 45;
const portsOfBlock = 100;
/** A telephone binds the port after its own as well, for TLS. */
const apart = 2;

/** Nobody uses it, neither for TCP nor for UDP: a telephone binds both. */
const isFree = async (port: number): Promise<boolean> => {
  if (!(await portIsFree(port))) return false;
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
};

/** Ports that nobody else is told of, as long as this process lives. */
const claimBlock = async (): Promise<number[]> => {
  const offset = Math.floor(Math.random() * blocks);
  for (let attempt = 0; attempt < blocks; attempt += 1) {
    const start = first + ((offset + attempt) % blocks) * portsOfBlock;
    // Whoever listens on the first port of a block has the block; the system takes it back when the process ends.
    const claim = createServer().listen(start, '127.0.0.1').unref();
    try {
      await once(claim, 'listening');
      return Array.from({ length: portsOfBlock / apart - 1 }, (_, place) => start + (place + 1) * apart);
    } catch {
      claim.close();
    }
  }
  throw new Error(`No free port was found from ${first} to ${first + blocks * portsOfBlock - 1}.`);
};

let own: number[] = [];
let asking: Promise<unknown> = Promise.resolve();

const nextFree = async (): Promise<number> => {
  for (;;) {
    const port = own.shift();
    if (port === undefined) own = await claimBlock();
    else if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};

/**
 * A port on loopback, free for TCP and UDP at this moment as is the one after it, that no process which asks here was told of and lives.
 * @throws when all are taken
 */
export const freePort = (): Promise<number> => {
  const port = asking.then(nextFree);
  asking = port.catch(() => {});
  return port;
};

/** Whether a program could listen on this loopback port now. */
export const portIsFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
};
