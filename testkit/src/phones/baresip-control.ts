import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { netstringReader, toNetstring } from './netstring.ts';
import type { PhoneEvent } from './phone.ts';

export interface Control {
  /** @throws Error with baresip's words when it refuses. */
  command(name: string, params?: string): Promise<void>;
  close(): void;
}

const answerLimitMs = 5_000;

interface Message {
  readonly event?: boolean;
  readonly type?: string;
  readonly param?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
  readonly token?: string;
}

const meaning: Readonly<Record<string, PhoneEvent['type']>> = {
  REGISTER_OK: 'registered',
  REGISTER_FAIL: 'registration_failed',
  CALL_INCOMING: 'incoming',
  CALL_RINGING: 'ringing',
  CALL_PROGRESS: 'ringing',
  CALL_ESTABLISHED: 'established',
  CALL_CLOSED: 'closed',
  CALL_DTMF_START: 'key_received',
};

/** Connects to a baresip that is starting, and tells every event it reports. */
export const connectControl = async (
  port: number,
  onEvent: (event: PhoneEvent) => void,
): Promise<Control> => {
  const socket = await connected(port);
  const waiting = new Map<string, { answer: (message: Message) => void; fail: (error: Error) => void }>();
  const read = netstringReader();
  let tokens = 0;
  let isEnded = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    isEnded = true;
    for (const { fail } of waiting.values()) fail(new Error('The phone ended.'));
  });
  socket.on('data', (part: Buffer) => {
    for (const value of read(part)) {
      const message = value as Message;
      if (message.event)
        onEvent({
          type: meaning[message.type ?? ''] ?? 'other',
          at: Date.now(),
          detail: message.param ?? message.type ?? '',
        });
      else if (message.token !== undefined) waiting.get(message.token)?.answer(message);
    }
  });
  return {
    command: async (name, params) => {
      if (isEnded) throw new Error('The phone ended.');
      tokens += 1;
      const token = String(tokens);
      const answer = new Promise<Message>((resolve, reject) => {
        waiting.set(token, { answer: resolve, fail: reject });
      });
      socket.write(toNetstring({ command: name, ...(params === undefined ? {} : { params }), token }));
      const limit = setTimeout(
        () => waiting.get(token)?.fail(new Error(`The phone did not answer to ${name}.`)),
        answerLimitMs,
      );
      const { ok, data } = await answer.finally(() => {
        clearTimeout(limit);
        waiting.delete(token);
      });
      if (ok !== true) throw new Error(`The phone refused ${name}: ${data ?? ''}`);
    },
    close: () => socket.destroy(),
  };
};

const connected = async (port: number): Promise<Socket> => {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (attempt >= 200) throw new Error('The phone did not come up within 10 s.', { cause: error });
      await wait(50);
    }
  }
};
