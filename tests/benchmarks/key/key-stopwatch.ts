/*
 * Loaded with `--import` into a process that works with Asterisk, before its own code: notes when a key arrives on the websocket and
 * when the last command that follows from it is answered, and writes one line per key into the file BENCH_KEYS_FILE.
 * It looks at the socket and at the HTTP client from outside, so that it measures whatever program it is loaded into alike.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { WebSocket } from 'ws';

/** One key press: ms from its arrival to the last answer, and how many commands there were. */
export interface TimedKey {
  readonly ms: number;
  readonly commands: number;
}

const file = process.env['BENCH_KEYS_FILE'] ?? '';
/** With no answer for so long, everything that follows from the key is done, in ms. */
const quietAfterMs = 60;
const giveUpAfterMs = 5_000;

let arrived: number | undefined;
let answered = 0;
let commands = 0;

const look = (): void => {
  if (arrived === undefined) return;
  const now = performance.now();
  const isDone = commands > 0 && now - answered > quietAfterMs;
  if (!isDone && now - arrived < giveUpAfterMs) {
    setTimeout(look, quietAfterMs).unref();
    return;
  }
  const timed: TimedKey = { ms: answered - arrived, commands };
  arrived = undefined;
  appendFileSync(file, `${JSON.stringify(timed)}\n`);
};

const emit = WebSocket.prototype.emit;
WebSocket.prototype.emit = function watched(this: WebSocket, ...args: Parameters<typeof emit>): boolean {
  const [name, data] = args;
  if (name === 'message' && String(data).includes('"ChannelDtmfReceived"')) {
    arrived = performance.now();
    answered = arrived;
    commands = 0;
    setTimeout(look, quietAfterMs).unref();
  }
  return emit.apply(this, args);
} as typeof emit;

subscribe('undici:request:trailers', () => {
  answered = performance.now();
  commands += 1;
});
