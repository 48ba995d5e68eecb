import type { CallId, Instant } from '@earshot/contracts';

/** This process's share of a service's partitions, for as long as it says in time that it lives. */
export interface PartitionLease extends AsyncDisposable {
  /** Partitions owned now; empty when the lease was lost, for instance because the log's server is away. */
  owned(): ReadonlySet<number>;
  /** Called after each change of `owned`. Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Rejects with a SameNameError when another living process came first under the same name; nothing is owned then. */
  readonly failed: Promise<never>;
}

/** Two living processes have one name, which is that of one: this one, which came second, must end. */
export class SameNameError extends Error {
  override readonly name = 'SameNameError';

  constructor(service: string, owner: string) {
    super(
      `Another living process of ${service} is called ${owner}. Give each an INSTANCE of its own; ` +
        'the one that was there first goes on.',
    );
  }
}

/**
 * Shares the partitions of a service out among its living processes. Disposing of a lease gives its partitions back at
 * once; those of a process that died are taken over within about three seconds, and at once by one of the same name.
 * Two owners for a moment do no harm: the log accepts only one of two appends, and the other reads and skips.
 */
export interface Leases {
  join(service: string, owner: string): Promise<PartitionLease>;
}

/** The right of one process, and of no other, to operate something: a switch. */
export interface Mastership extends AsyncDisposable {
  /** Which master this is; each new one has a greater number, and so has this one after a time without `holds`. */
  readonly epoch: number;
  /**
   * False as soon as it was not renewed in time, by the process's own monotonic clock and with a margin below the
   * server's: while it is false nothing may be added on the switch. Taking away needs nobody's leave.
   */
  holds(): boolean;
  /** Resolves when another process has taken over, or when it was given up. NATS being away is neither. */
  readonly lost: Promise<void>;
}

/** Who wants to be master of what. */
export interface MastershipWanted {
  readonly service: string;
  /** What one process shall be master of: letters, digits, `_`, `=` and `-`. */
  readonly name: string;
  /** Name of the process, for people; it gives no right. */
  readonly owner: string;
  /** Told of each other process that is seen to be master and to live, with the name of its owner. */
  readonly onOther?: (owner: string) => void;
  /** Ends the waiting; not the mastership once it is there. */
  readonly signal: AbortSignal;
}

/** Gives one process at a time the mastership of something. */
export interface Masterships {
  /**
   * Waits until nobody else is master: until the other gave it up, or was not heard of for three seconds.
   * Disposing of the mastership gives it up at once.
   * @throws the signal's reason
   */
  acquire(wanted: MastershipWanted): Promise<Mastership>;
}

/** How far a service has come in one partition: everything up to `sequence` is handled. */
export interface Checkpoint {
  readonly sequence: number;
  /** Calls of the partition that were not over; a restart loads them before it goes on. */
  readonly openCalls: readonly CallId[];
  /** `identity` of the log that the sequence is a place of. */
  readonly log: string;
}

/** Where the checkpoints are kept. A stale one costs a replay that decides nothing twice. */
export interface Checkpoints {
  /** What is kept, whatever it is: who reads it decides whether to believe it. Undefined: nothing. */
  load(service: string, partition: number): Promise<unknown>;
  save(service: string, partition: number, checkpoint: Checkpoint): Promise<void>;
}

/** Moments that whoever does a service's work next has to know; unlike a lease they do not run out. */
export interface Marks {
  load(service: string, name: string): Promise<Instant | undefined>;
  save(service: string, name: string, at: Instant): Promise<void>;
}

/** What a service gave up on. It names the message and holds no data of it: the log still has that. */
export interface DeadLetter {
  readonly service: string;
  readonly stream: string;
  /** Place in the stream; null when the cause came from outside the log. */
  readonly sequence: number | null;
  readonly callId: CallId | null;
  /** Id of the cause. */
  readonly cause: string;
  readonly problem: string;
}

/** Where dead letters wait for a human. */
export interface DeadLetters {
  /** Keeps a dead letter; doing it again soon for the same service and cause keeps one (JetStream: within two minutes). */
  add(letter: DeadLetter): Promise<void>;
}

/** What several processes of one service share besides the log. */
export interface Coordination {
  readonly leases: Leases;
  readonly masterships: Masterships;
  readonly checkpoints: Checkpoints;
  readonly marks: Marks;
  readonly deadLetters: DeadLetters;
}
