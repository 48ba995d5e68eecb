import { connect } from 'node:net';
import { requireVersion } from './version.ts';

const DEFAULT_PORT = 4222;
const TIMEOUT_MS = 5000;

export interface ServerInfo {
  readonly version: string;
  readonly jetstream: boolean;
}

/**
 * Reads the INFO line that every NATS server sends first, before any authentication, and checks what we rely on.
 * @throws one sentence when nothing answers, when it is too old, or when it has no JetStream
 */
export const checkServer = async (url: string): Promise<ServerInfo> => {
  const shown = withoutPassword(url);
  const info = await readInfo(url).catch((error: Error) => {
    throw new Error(
      `The NATS server of NATS_URL (${shown}) does not answer: ${error.message}. Start it, or unset NATS_URL.`,
    );
  });
  requireVersion(info.version, `of NATS_URL (${shown})`);
  if (!info.jetstream)
    throw new Error(
      `The NATS server of NATS_URL (${shown}) has JetStream off: turn it on, or unset NATS_URL.`,
    );
  return info;
};

const address = (url: string): URL => {
  return new URL(url.includes('://') ? url : `nats://${url}`);
};

const withoutPassword = (url: string): string => {
  return address(url).host;
};

/** What a server tells whoever connects, before any sign-in. @throws Error when it does not within 5 s */
export const readInfo = (url: string): Promise<ServerInfo> => {
  const { hostname, port } = address(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) || DEFAULT_PORT, timeout: TIMEOUT_MS });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const line = /^INFO (\{.*\})\s*\r?\n/.exec(text);
      if (line?.[1] === undefined) return;
      socket.destroy();
      const { version, jetstream } = JSON.parse(line[1]) as { version: string; jetstream?: boolean };
      resolve({ version, jetstream: jetstream === true });
    });
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
};
