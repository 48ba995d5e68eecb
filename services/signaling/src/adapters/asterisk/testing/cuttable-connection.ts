import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a TCP port that a test can cut, make deaf and mend. */
export type CuttableConnection = AsyncDisposable & {
  readonly url: string;
  /** Closes all connections and refuses new ones. */
  cut(): void;
  /** Connections stay and new ones are taken, but nothing comes through: neither side learns of it. */
  swallow(): void;
  mend(): void;
  /** The most connections at one time since it was asked last. */
  peak(): number;
};

export const cuttableConnectionTo = async (url: string): Promise<CuttableConnection> => {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let state: 'whole' | 'cut' | 'swallowing' = 'whole';
  let [open, most] = [0, 0];
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (state === 'cut') return void near.destroy();
    open += 1;
    most = Math.max(most, open);
    near.once('close', () => {
      open -= 1;
    });
    const far = keep(connect(Number(target.port), target.hostname));
    // What was swallowed stays swallowed: a connection that lost bytes is of no use any more.
    let isDeaf = state === 'swallowing';
    const pass =
      (to: Socket) =>
      (part: Buffer): void => {
        isDeaf ||= state === 'swallowing';
        if (!isDeaf) to.write(part);
      };
    near.on('data', pass(far));
    far.on('data', pass(near));
    near.once('close', () => {
      if (!isDeaf) far.destroy();
    });
    far.once('close', () => {
      if (!isDeaf) near.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    state = 'cut';
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    swallow: () => {
      state = 'swallowing';
    },
    mend: () => {
      state = 'whole';
    },
    peak: () => {
      const told = most;
      most = open;
      return told;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
