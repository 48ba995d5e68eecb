/*
 * A process of its own that looks at the stream of current calls as many viewers: `fork` with the URL of supervision, its
 * token and the number of viewers. It says `opened` when all have the list; asked to, it says what came when.
 */
import { request, type IncomingMessage } from 'node:http';
import { now } from './clock.ts';

/** What the process says when all viewers have the list. */
export interface Opened {
  readonly what: 'opened';
  /** Bytes of one list. */
  readonly listBytes: number;
  readonly ms: number;
}

/** What one viewer got since the question before: up to which place of the log it was told, and when; pairs in a row. */
export interface Arrived {
  readonly what: 'arrived';
  readonly viewers: readonly (readonly number[])[];
}

const lineEnd = 0x0a;

/** Reads the ids of whole events out of the bytes of a stream; nothing else of it is looked at. */
class EventIds {
  #line = '';
  #id: number | null = null;
  #isData = false;
  bytes = 0;

  /** @param take called with the place in the log at the end of each event that has one */
  read(chunk: Buffer, take: (place: number) => void): void {
    this.bytes += chunk.length;
    for (let begin = 0; begin < chunk.length;) {
      const end = chunk.indexOf(lineEnd, begin);
      // Of a line of data only the end counts.
      if (!this.#isData) {
        this.#line += chunk.toString(
          'latin1',
          begin,
          end < 0 ? Math.min(chunk.length, begin + 64) : Math.min(end, begin + 64),
        );
        this.#isData = this.#line.startsWith('data: ');
      }
      if (end < 0) return;
      this.#endLine(take);
      begin = end + 1;
    }
  }

  #endLine(take: (place: number) => void): void {
    const id = /^id: [^-]+-(\d+)-/.exec(this.#line)?.[1];
    if (id !== undefined) this.#id = Number(id);
    if (this.#line === '' && !this.#isData && this.#id !== null) {
      take(this.#id);
      this.#id = null;
    }
    this.#line = '';
    this.#isData = false;
  }
}

/** Each viewer is a caller of its own, as one caller has few streams. */
const open = (url: string, token: string, viewer: number): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Basic ${btoa(`viewer-${viewer}:${token}`)}` };
    const opened = (answer: IncomingMessage): void =>
      answer.statusCode === 200
        ? resolve(answer)
        : reject(new Error(`A stream was answered with ${answer.statusCode}`));
    request(`${url}/calls/stream`, { headers, agent: false }, opened).on('error', reject).end();
  });

const look = async (url: string, token: string, count: number): Promise<void> => {
  const begun = now();
  const arrived = Array.from({ length: count }, (): number[] => []);
  const opened = arrived.map(async (places, viewer): Promise<number> => {
    const stream = await open(url, token, viewer);
    const ids = new EventIds();
    return new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        const { bytes } = ids;
        ids.read(chunk, (place) => {
          places.push(place, now());
          resolve(bytes + chunk.length);
        });
      });
      stream.on('close', () => process.exit(1));
    });
  });
  const [listBytes = 0] = await Promise.all(opened);
  process.on('message', () => {
    const viewers = arrived.map((places) => places.splice(0));
    process.send?.({ what: 'arrived', viewers } satisfies Arrived);
  });
  process.send?.({ what: 'opened', listBytes, ms: now() - begun } satisfies Opened);
};

const [url, token, count] = process.argv.slice(2);
if (url !== undefined && token !== undefined) await look(url, token, Number(count));
