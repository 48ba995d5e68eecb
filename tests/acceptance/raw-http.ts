import { connect } from 'node:net';

/** A request as bytes may be: nothing in it is checked or corrected. */
export interface RawRequest {
  readonly method: string;
  /** What stands between method and version; one byte per character (latin1). */
  readonly target: string;
  /** Lines of the head, `name: value`; one byte per character. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Ends the sending side after the body, which may be shorter than announced; it may be taken for gone. */
  readonly breaksOff: boolean;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const patienceMs = 60_000;

/**
 * Sends a request over a connection of its own and takes what comes until the other side closes: usually one
 * answer, none when it closes without, several when the bytes hold several requests.
 */
export const sendRaw = (
  url: string,
  { method, target, headers, body, breaksOff }: RawRequest,
): Promise<readonly RawAnswer[]> => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
      socket.write(
        Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'),
      );
      socket.write(body);
      if (breaksOff) socket.end();
    });
    socket.setTimeout(patienceMs, () => {
      socket.destroy(new Error(`${method} ${target} got no answer within ${patienceMs / 1000} s`));
    });
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      // An answer without an end: that it began is all there is to know of it.
      if (part.includes('content-type: text/event-stream')) socket.destroy();
    });
    // Who refuses a request in the middle of it may reset the connection; what was said before counts.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('end', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      resolve(answersOf(Buffer.concat(parts).toString('latin1'), method === 'HEAD'));
    });
  });
};

const answersOf = (received: string, isHead: boolean): RawAnswer[] => {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const head = received.slice(0, end);
  const rest = received.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  if (status === 100) return answersOf(rest, isHead);
  const length = isHead ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? rest.length);
  const answer = {
    status,
    type: /^content-type: *([^;\r\n]*)/im.exec(head)?.[1] ?? '',
    text: Buffer.from(rest.slice(0, length), 'latin1').toString('utf8'),
  };
  return [answer, ...answersOf(rest.slice(length), isHead)];
};
