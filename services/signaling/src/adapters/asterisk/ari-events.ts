import { WebSocket } from 'ws';
import { authorization, type AriAccess } from './ari-client.ts';
import type { AriEvent } from './ari-types.ts';

/** Longest pause between two tries to connect, in ms. */
const longestPauseMs = 5_000;
const firstPauseMs = 100;
/** A connection that answers no ping within this time counts as lost. */
const pingEveryMs = 5_000;

export interface AriEvents extends AsyncDisposable {
  isConnected(): boolean;
}

export interface AriEventsOptions {
  readonly access: AriAccess;
  readonly onEvent: (event: AriEvent) => void;
  /** Connected, for the first time or again. Events come after it. */
  readonly onConnected: () => void;
  readonly onLost?: () => void;
}

/**
 * Keeps a websocket to ARI open. The switch does not replay what happened while it was closed.
 * @returns when it is open for the first time
 * @throws when the first try fails: the address or the password is wrong, or nothing runs there
 */
export const followAriEvents = async ({ access, onEvent, onConnected, onLost }: AriEventsOptions): Promise<AriEvents> => {
  let isEnded = false;
  let current: WebSocket | undefined;
  let retry: NodeJS.Timeout | undefined;
  const url = `${access.url.replace(/^http/, 'ws')}/ari/events?app=${encodeURIComponent(access.app)}`;

  const connect = (): Promise<void> => new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { authorization: authorization(access) }, handshakeTimeout: longestPauseMs });
    let isAlive = true;
    const heartbeat = setInterval(() => {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    }, pingEveryMs);
    heartbeat.unref();
    socket.on('pong', () => void (isAlive = true));
    socket.on('message', (data) => {
      isAlive = true;
      onEvent(JSON.parse(String(data)) as AriEvent);
    });
    socket.on('open', () => {
      current = socket;
      onConnected();
      resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearInterval(heartbeat);
      if (current !== socket) return;
      current = undefined;
      if (isEnded) return;
      onLost?.();
      again(firstPauseMs);
    });
  });

  const again = (pauseMs: number): void => {
    retry = setTimeout(() => {
      connect().catch(() => {
        if (!isEnded) again(Math.min(pauseMs * 2, longestPauseMs));
      });
    }, pauseMs);
    retry.unref();
  };

  await connect();
  return {
    isConnected: () => current !== undefined,
    [Symbol.asyncDispose]: async () => {
      isEnded = true;
      clearTimeout(retry);
      const socket = current;
      if (!socket) return;
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.terminate();
      });
    },
  };
};
