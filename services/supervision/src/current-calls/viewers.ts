import { ViewerStream } from './viewer-stream.ts';
import type { Viewing } from './viewing.ts';

/** Changes are told together when less than this has passed since the last ones were, in ms. */
const tellEveryMs = 50;
/** How often a quiet stream shows that it lives, in ms. */
const beatEveryMs = 10_000;
/** How often it is looked whether the list is still current, in ms. */
const lookEveryMs = 500;
/** A viewer who takes nothing for this long is sent away, in ms; it can come back and go on. */
const slowMs = 15_000;

/** Whether a viewer would be let in now. */
export type MayStay = () => Promise<boolean>;

/** All open streams of this process. */
export class Viewers implements Disposable {
  readonly #streams = new Map<ViewerStream, MayStay>();
  readonly #most: number;
  readonly #timers: NodeJS.Timeout[];
  #due: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;
  #isClosed = false;

  /** @param most open streams */
  constructor(most: number) {
    this.#most = most;
    this.#timers = [
      setInterval(() => this.tell(), lookEveryMs),
      setInterval(() => this.#beat(), beatEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  get isFull(): boolean {
    return this.#streams.size >= this.#most || this.#isClosed;
  }

  /** Opens the stream of a viewer. @param mayStay asked again and again */
  open(viewing: Viewing, mayStay: MayStay): ViewerStream {
    const stream: ViewerStream = new ViewerStream(
      () => viewing.next(),
      () => this.#streams.delete(stream),
    );
    this.#streams.set(stream, mayStay);
    return stream;
  }

  /** Something has changed: the viewers are told now, or with what changes within the next moments. */
  changed(): void {
    if (this.#due || this.#streams.size === 0) return;
    const wait = Math.max(0, this.#toldAt + tellEveryMs - performance.now());
    this.#due = setTimeout(() => this.tell(), wait);
  }

  /** Tells all viewers what is new, at once. */
  tell(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#toldAt = performance.now();
    for (const stream of this.#streams.keys()) stream.offer();
  }

  /** Ends the streams of those who would not be let in now: their token was revoked, or ran out. */
  review(): void {
    for (const [stream, mayStay] of this.#streams)
      void mayStay().then((may) => {
        if (!may) stream.destroy();
      });
  }

  /** Ends all streams in order: their viewers come back, to another process. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#due);
    for (const timer of this.#timers) clearInterval(timer);
    for (const stream of this.#streams.keys()) stream.push(null);
  }

  #beat(): void {
    const now = performance.now();
    this.review();
    for (const stream of this.#streams.keys()) {
      if (stream.notReadyFor(now) > slowMs) stream.destroy();
      else stream.beat();
    }
  }
}
