import type { Mastership, MastershipWanted, Masterships } from '../coordination.ts';
import type { LifeOfProcess } from './life-of-process.ts';

/** Who is master of what in a memory store. Nobody's mastership runs out before `expire`, as nothing here has a clock. */
export class MemoryMasters {
  readonly #holders = new Map<string, MemoryMastership>();
  #revision = 0;
  #wake: (() => void)[] = [];

  /** The masterships as one process sees them. */
  of(process: LifeOfProcess): Masterships {
    return { acquire: (wanted) => this.#acquire(wanted, process) };
  }

  /** The masterships that nobody renews run out: of processes that are killed or cut off. */
  expire(): void {
    for (const [key, holder] of [...this.#holders]) if (!holder.isRenewed()) this.#holders.delete(key);
    this.changed();
  }

  holder(key: string): MemoryMastership | undefined {
    return this.#holders.get(key);
  }

  /** @returns the epoch */
  seat(mastership: MemoryMastership): number {
    this.#holders.set(mastership.key, mastership);
    this.changed();
    return (this.#revision += 1);
  }

  vacate(mastership: MemoryMastership): void {
    if (this.#holders.get(mastership.key) !== mastership) return;
    this.#holders.delete(mastership.key);
    this.changed();
  }

  changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #acquire(
    { service, name, owner, onOther, signal }: MastershipWanted,
    process: LifeOfProcess,
  ): Promise<Mastership> {
    const key = `${service}.${name}`;
    const wake = () => {
      this.changed();
    };
    signal.addEventListener('abort', wake, { once: true });
    process.onConnect(wake);
    let told: MemoryMastership | undefined;
    for (;;) {
      await process.whileAlive();
      signal.throwIfAborted();
      const holder = this.#holders.get(key);
      if (process.isConnected() && holder === undefined) {
        signal.removeEventListener('abort', wake);
        return new MemoryMastership(this, process, key, owner);
      }
      if (holder !== told && process.isConnected() && holder?.isRenewed()) onOther?.((told = holder).owner);
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
      });
    }
  }
}

class MemoryMastership implements Mastership {
  readonly key: string;
  readonly owner: string;
  readonly process: LifeOfProcess;
  readonly lost: Promise<void>;
  readonly #masters: MemoryMasters;
  #epoch: number;
  #ended = false;
  #onLost = (): void => {};

  constructor(masters: MemoryMasters, process: LifeOfProcess, key: string, owner: string) {
    this.#masters = masters;
    this.process = process;
    this.key = key;
    this.owner = owner;
    this.lost = new Promise((resolve) => {
      this.#onLost = resolve;
    });
    const before = masters.holder(key);
    this.#epoch = masters.seat(this);
    before?.look();
    process.onConnect(() => {
      this.look();
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  holds(): boolean {
    return this.isRenewed() && this.#masters.holder(this.key) === this;
  }

  isRenewed(): boolean {
    return !this.#ended && this.process.isConnected();
  }

  /** What a renewal finds: still ours, free, or somebody else's. */
  look(): void {
    if (!this.isRenewed()) return;
    const holder = this.#masters.holder(this.key);
    if (holder !== undefined && holder !== this) this.#end();
    else this.#epoch = this.#masters.seat(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.isConnected()) this.#masters.vacate(this);
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#onLost();
  }
}
