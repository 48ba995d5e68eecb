import { callSubject, type CallId, type Instant, type Writer } from '@earshot/contracts';
import { randomUUID } from 'node:crypto';
import type { Context } from '@opentelemetry/api';
import { MemoryMasters } from './memory-masterships.ts';
import type { Checkpoint, DeadLetter } from '../coordination.ts';

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly id: string;
  readonly data: Uint8Array;
  readonly trace: Context;
  /** ISO 8601, by the store's clock. */
  readonly storedAt: string;
}

/** One stream in memory: messages in order, and whoever waits for more. */
export class MemoryStream {
  readonly messages: StoredMessage[] = [];
  readonly #bySubject = new Map<string, StoredMessage[]>();
  readonly #now: () => Date;
  #wake: (() => void)[] = [];

  constructor(now: () => Date) {
    this.#now = now;
  }

  of(subject: string): readonly StoredMessage[] {
    return this.#bySubject.get(subject) ?? [];
  }

  add(message: Omit<StoredMessage, 'sequence' | 'storedAt'>): StoredMessage {
    const stored = { ...message, sequence: this.messages.length + 1, storedAt: this.#now().toISOString() };
    this.messages.push(stored);
    this.#bySubject.set(stored.subject, [...this.of(stored.subject), stored]);
    this.wake();
    return stored;
  }

  /** Resolves at the next message, or when somebody wakes the readers. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  wake(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}

/** Everything that outlives a process: what NATS is to the real services. */
export class MemoryStore {
  readonly calls: MemoryStream;
  readonly settings: MemoryStream;
  readonly deadLetters: DeadLetter[] = [];
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly marks = new Map<string, Instant>();
  /** Living processes by service, and whom to tell. */
  readonly members = new Map<string, Map<string, { alive: boolean; readonly changed: () => void }>>();
  readonly masters = new MemoryMasters();
  /** Which log this is. */
  readonly identity = `CALLS@memory-${randomUUID()}`;
  readonly tenant: string;
  readonly now: () => Date;

  constructor(tenant: string, now: () => Date) {
    this.tenant = tenant;
    this.now = now;
    this.calls = new MemoryStream(now);
    this.settings = new MemoryStream(now);
  }

  /** Sequence of the last message that one writer stored on one call; 0: none. */
  lastOf(callId: CallId, writer: Writer): number {
    return this.calls.of(callSubject(callId, writer)).at(-1)?.sequence ?? 0;
  }

  /** The leases of processes that are killed or cut off run out, so that others take over. */
  expireLeases(): void {
    this.masters.expire();
    for (const members of this.members.values()) {
      for (const [owner, { alive }] of [...members]) if (!alive) members.delete(owner);
      for (const { changed } of [...members.values()]) changed();
    }
  }
}
