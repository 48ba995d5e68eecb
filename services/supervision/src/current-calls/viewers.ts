import { ViewerStream } from './viewer-stream.ts';
import type { Viewing } from './viewing.ts';

/** Changes are told together when less than this has passed since the last ones were, in ms. */
const tellEveryMs = 50;
/** How often a quiet stream shows that it lives, in ms. */
const beatEveryMs = 10_000;
/** How often it is looked whether the list is still current, and who has gone or run out of time, in ms. */
const lookEveryMs = 500;
/** A viewer who takes nothing for this long is sent away, in ms; it can come back and go on. */
const slowMs = 15_000;

/** Whoever asks for a stream. */
export interface Caller {
  /** Whose streams count together. */
  readonly name: string;
  /** When (ms of the epoch) the token runs out; Infinity: never. */
  readonly until: number;
  /** Whether the connection has ended, so that nobody reads. */
  hasGone(): boolean;
  /** Whether the caller would be let in now. */
  mayStay(): Promise<boolean>;
}

export interface MostStreams {
  readonly ofAll: number;
  readonly ofOneCaller: number;
}

/** Why there is no seat. */
export type NoSeat = 'all are taken' | 'the caller has enough';

/** One stream, from when it is asked for: whoever waits for it counts as whoever reads it. */
export class Seat {
  readonly caller: Caller;
  readonly #ended: () => void;
  #stream: ViewerStream | undefined;
  #wait: { readonly isOver: () => boolean; readonly go: () => void } | undefined;
  #hasEnded = false;

  constructor(caller: Caller, ended: () => void) {
    this.caller = caller;
    this.#ended = ended;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Waits until it is so, for `atMostMs` or a moment longer, or until the seat ends. */
  waits(isSo: () => boolean, atMostMs: number): Promise<void> {
    const giveUpAt = performance.now() + atMostMs;
    return new Promise((go) => {
      this.#wait = { isOver: () => isSo() || performance.now() >= giveUpAt, go };
      this.offer();
    });
  }

  /** Opens the stream. */
  open(viewing: Viewing): ViewerStream {
    const stream = new ViewerStream(
      () => viewing.next(),
      () => this.end(),
    );
    if (this.#hasEnded) stream.destroy();
    this.#stream = stream;
    return stream;
  }

  /** Tells what is new, or lets go on who has waited for it. */
  offer(): void {
    if (this.#wait?.isOver()) this.#goOn();
    this.#stream?.offer();
  }

  /** Shows that the stream lives; ends one whose reader takes nothing. */
  beat(now: number): void {
    if (!this.#stream) return;
    if (this.#stream.notReadyFor(now) > slowMs) this.end();
    else this.#stream.beat();
  }

  /** Ends the stream, or the waiting for it, at once. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ended();
    this.#goOn();
    this.#stream?.destroy();
  }

  /** Ends in order, after what has been told. */
  close(): void {
    if (this.#stream) this.#stream.push(null);
    else this.end();
  }

  #goOn(): void {
    this.#wait?.go();
    this.#wait = undefined;
  }
}

/** All streams of this process, open and waited for. */
export class Viewers implements Disposable {
  readonly #seats = new Set<Seat>();
  readonly #most: MostStreams;
  readonly #timers: NodeJS.Timeout[];
  #due: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;
  #isClosed = false;

  constructor(most: MostStreams) {
    this.#most = most;
    this.#timers = [
      setInterval(() => this.#look(), lookEveryMs),
      setInterval(() => this.#beat(), beatEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** A seat for a caller: first this, then whatever has to be waited for. It has to be ended, or opened. */
  take(caller: Caller): Seat | NoSeat {
    this.#endThoseWhoLeft();
    if (this.#seats.size >= this.#most.ofAll || this.#isClosed) return 'all are taken';
    const own = [...this.#seats].filter((seat) => seat.caller.name === caller.name);
    if (own.length >= this.#most.ofOneCaller) return 'the caller has enough';
    const seat: Seat = new Seat(caller, () => this.#seats.delete(seat));
    this.#seats.add(seat);
    return seat;
  }

  /** Something has changed: the viewers are told now, or with what changes within the next moments. */
  changed(): void {
    if (this.#due || this.#seats.size === 0) return;
    const wait = Math.max(0, this.#toldAt + tellEveryMs - performance.now());
    this.#due = setTimeout(() => this.tell(), wait);
  }

  /** Tells all viewers what is new, at once. */
  tell(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#toldAt = performance.now();
    for (const seat of this.#seats) seat.offer();
  }

  /** Ends the streams of those who would not be let in now: their token was revoked, or ran out. */
  review(): void {
    for (const seat of this.#seats)
      void seat.caller.mayStay().then((may) => {
        if (!may) seat.end();
      });
  }

  /** Ends all streams in order: their viewers come back, to another process. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#due);
    for (const timer of this.#timers) clearInterval(timer);
    for (const seat of this.#seats) seat.close();
  }

  /** Cheap, as it is done twice a second and before each new stream. */
  #endThoseWhoLeft(): void {
    const now = Date.now();
    for (const seat of this.#seats) if (seat.caller.hasGone() || seat.caller.until <= now) seat.end();
  }

  #look(): void {
    this.#endThoseWhoLeft();
    this.tell();
  }

  #beat(): void {
    const now = performance.now();
    this.review();
    for (const seat of this.#seats) seat.beat(now);
  }
}
