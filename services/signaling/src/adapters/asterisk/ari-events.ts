import { setTimeout as wait } from 'node:timers/promises';
import type { Instant } from '@earshot/contracts';
import { WebSocket } from 'ws';
import { authorization, type AriAccess } from './ari-client.ts';
import type { AriEvent } from './ari-types.ts';

/** Longest pause between two tries to connect, in ms. */
const longestPauseMs = 5_000;
const firstPauseMs = 100;
/** How long the switch may take to take the connection. */
const handshakeWithinMs = 5_000;
/** How often the switch is asked whether it is there, so that it is known until when everything was told. */
const pingEveryMs = 500;
/** A connection on which nothing came for so many pings counts as lost. */
const mostSilentPings = 6;

export interface AriEvents extends AsyncDisposable {
  /**
   * Resolves when the connection can be used for the first time, or on disposal.
   * @throws Error when the switch refuses us: a sentence with what to do
   */
  readonly first: Promise<void>;
  /** When, by the switch's clock, something came of it for the last time, on a connection that could be used; events come in order. */
  heardAt(): Instant | undefined;
}

export interface AriEventsOptions {
  readonly access: AriAccess;
  readonly onEvent: (event: AriEvent) => void;
  /** What time it is at the switch. */
  readonly now: () => Instant;
  /** Connected, for the first time or again; events come after it. What it throws ends the connection, and another is tried. */
  readonly onOpen: () => Promise<void>;
  readonly onLost: () => void;
  /** A sentence for people: what does not work, and what is done about it. */
  readonly onProblem: (text: string) => void;
}

/** How one connection ended. */
interface Ending {
  readonly wasUsed: boolean;
  readonly isRefused: boolean;
  readonly reason: string;
}

const textOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);

const refusalOf = ({ url, user }: AriAccess): string =>
  `The switch at ${url} refuses the user "${user}": set SWITCH_USER and SWITCH_PASSWORD to a user of its ari.conf.`;

/** Asks again and again whether the other end is there. */
const createHeartbeat = (socket: WebSocket, onSilence: () => void) => {
  let timer: NodeJS.Timeout | undefined;
  let silentPings = 0;
  const beat = (): void => {
    if (silentPings >= mostSilentPings) return onSilence();
    silentPings += 1;
    socket.ping();
  };
  return {
    begin: (): void => {
      timer = setInterval(beat, pingEveryMs);
    },
    heard: (): void => {
      silentPings = 0;
    },
    end: (): void => clearInterval(timer),
  };
};

const take = ({ onEvent, onProblem }: AriEventsOptions, text: string): void => {
  try {
    onEvent(JSON.parse(text) as AriEvent);
  } catch (error) {
    onProblem(`An event of the switch could not be taken: ${textOf(error)}`);
  }
};

/** One connection from its first try to its end. */
const liveOnce = (
  options: AriEventsOptions,
  ended: AbortSignal,
  onUsable: () => void,
  onHeard: () => void,
): Promise<Ending> => {
  const { access, onOpen, onLost } = options;
  const url = `${access.url.replace(/^http/, 'ws')}/ari/events?app=${encodeURIComponent(access.app)}`;
  const socket = new WebSocket(url, {
    headers: { authorization: authorization(access) },
    handshakeTimeout: handshakeWithinMs,
  });
  const heartbeat = createHeartbeat(socket, () => close('it answers no ping'));
  let isOpened = false;
  let ending: Ending = { wasUsed: false, isRefused: false, reason: 'the connection was closed' };
  const close = (reason: string, isRefused = false): void => {
    ending = { ...ending, reason, isRefused };
    socket.terminate();
  };
  const end = (): void => close('it is no longer needed');
  ended.addEventListener('abort', end);
  const heard = (): void => {
    heartbeat.heard();
    if (ending.wasUsed) onHeard();
  };

  socket.on('error', (error) => {
    ending = { ...ending, reason: ending.isRefused ? ending.reason : textOf(error) };
  });
  socket.on('unexpected-response', (_, { statusCode = 0 }) => {
    const isRefused = statusCode === 401 || statusCode === 403;
    close(isRefused ? refusalOf(access) : `it answered with HTTP status ${statusCode}`, isRefused);
  });
  socket.on('pong', heard);
  socket.on('message', (data) => {
    heard();
    if (!ended.aborted) take(options, String(data));
  });
  socket.on('open', () => {
    isOpened = true;
    heartbeat.begin();
    onOpen().then(
      () => {
        ending = { ...ending, wasUsed: true };
        onUsable();
      },
      (error: unknown) => close(textOf(error)),
    );
  });
  return new Promise((resolve) => {
    socket.once('close', () => {
      heartbeat.end();
      ended.removeEventListener('abort', end);
      if (isOpened) onLost();
      resolve(ending);
    });
  });
};

/**
 * Keeps a websocket to ARI open until disposal: one that is lost or cannot be had is tried again, with longer and longer pauses.
 * The switch does not replay what happened meanwhile.
 */
export const followAriEvents = (options: AriEventsOptions): AriEvents => {
  const ended = new AbortController();
  const first = Promise.withResolvers<void>();
  let isFirst = true;
  let heardAt: Instant | undefined;
  const onHeard = (): void => {
    heardAt = options.now();
  };
  const onUsable = (): void => {
    isFirst = false;
    onHeard();
    first.resolve();
  };
  const follow = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!ended.signal.aborted) {
      const { wasUsed, isRefused, reason } = await liveOnce(options, ended.signal, onUsable, onHeard);
      if (ended.signal.aborted) return;
      if (isRefused && isFirst) return first.reject(new Error(reason));
      pauseMs = wasUsed ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
      const sentence = isRefused
        ? reason
        : `There is no connection to the switch at ${options.access.url}: ${reason}.`;
      options.onProblem(`${sentence} Next try in ${pauseMs / 1000} s.`);
      await wait(pauseMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  };
  const following = follow();
  // Whoever started may be gone already when it is refused.
  first.promise.catch(() => {});
  return {
    first: first.promise,
    heardAt: () => heardAt,
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await following;
      first.resolve();
    },
  };
};
