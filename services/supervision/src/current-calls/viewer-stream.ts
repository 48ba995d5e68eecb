import { Readable } from 'node:stream';

/**
 * The bytes of one viewer's stream. Whoever reads slowly is not written to: what is new then is told in one piece when the
 * reader is ready, so that at most one piece waits for each of them.
 */
export class ViewerStream extends Readable {
  readonly #next: () => string | undefined;
  readonly #closed: () => void;
  #isReady = false;
  #waitsSince = 0;

  /** @param next what has to be told now; undefined: nothing @param closed called when the viewer has gone */
  constructor(next: () => string | undefined, closed: () => void) {
    super({ highWaterMark: 1 });
    this.#next = next;
    this.#closed = closed;
  }

  /** Tells the viewer what is new, when it is ready to read. */
  offer(): void {
    if (!this.#isReady || this.destroyed) return;
    const text = this.#next();
    if (text !== undefined) this.#tell(text);
  }

  /** Shows the viewer and everything between that the stream lives. */
  beat(): void {
    if (this.#isReady && !this.destroyed) this.#tell(':\n\n');
  }

  /** For how long (ms) the viewer has not been ready for more. */
  notReadyFor(now: number): number {
    return this.#isReady ? 0 : now - this.#waitsSince;
  }

  override _read(): void {
    this.#isReady = true;
    this.offer();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#closed();
    done(error);
  }

  #tell(text: string): void {
    this.#isReady = false;
    this.#waitsSince = performance.now();
    this.push(text);
  }
}
