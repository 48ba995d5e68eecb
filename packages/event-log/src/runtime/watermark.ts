/** How far one partition is done without a gap, while its calls are handled side by side. */
export class Watermark {
  // A Set keeps the order of arrival, and messages of a partition arrive in order: its first is the oldest.
  readonly #inFlight = new Set<number>();
  #received: number;
  #changed = false;

  /** @param done everything up to here was handled before */
  constructor(done: number) {
    this.#received = done;
  }

  /** Sequence up to which messages have been taken in. */
  get received(): number {
    return this.#received;
  }

  /** Everything up to this sequence is handled. */
  get done(): number {
    for (const oldest of this.#inFlight) return oldest - 1;
    return this.#received;
  }

  /** True when a message of this partition came since the last `takeChanged`. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  begin(sequence: number): void {
    this.#inFlight.add(sequence);
    this.#received = sequence;
    this.#changed = true;
  }

  finish(sequence: number): void {
    this.#inFlight.delete(sequence);
    this.#changed = true;
  }

  /** The log has no message of this partition up to this sequence that was not taken in. */
  nothingUntil(sequence: number): void {
    if (sequence > this.#received) this.#received = sequence;
  }
}
