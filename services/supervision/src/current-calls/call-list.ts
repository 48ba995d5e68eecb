import type { CallId } from '@earshot/contracts';
import { isUnreadable, type Commit, type UnreadableMessage } from '@earshot/event-log';
import { membersOf, type CallNow } from '../domain/current-calls/call-now.ts';
import { foldCall, withDoubt } from '../domain/current-calls/fold.ts';

/** Who took part in a call from a place on. */
interface Members {
  readonly from: number;
  readonly extensions: readonly string[];
}

/** One call of the list, and what it was before, as far as viewers may ask for it. */
export interface CallRecord {
  readonly callId: CallId;
  call: CallNow;
  /** Place of its newest change. */
  changedAt: number;
  /** Place in SETTINGS of the newest change of a name that it shows. */
  renamedAt: number;
  /** Its members, the newest last: never empty. */
  readonly members: Members[];
}

/** Who takes part in the call as it stands. */
export const membersNow = ({ members }: CallRecord): readonly string[] => members.at(-1)?.extensions ?? [];

/** Who took part at a place; undefined: the call had not begun. */
export const membersAt = ({ members }: CallRecord, place: number): readonly string[] | undefined =>
  members.findLast(({ from }) => from <= place)?.extensions;

/** The calls that run, folded from the log in its order, and what changed lately. */
export class CallList {
  readonly #changesKept: number;
  readonly #records = new Map<CallId, CallRecord>();
  /** In the order of the log; a call may stand here several times. */
  #changes: { readonly sequence: number; readonly record: CallRecord }[] = [];
  /** Changes after this place are all remembered. */
  #rememberedFrom = 0;
  #reached = 0;
  #isLoaded = false;

  /** @param changesKept changes that are at least remembered for viewers who come back; after more they get the whole list */
  constructor(changesKept = 20_000) {
    this.#changesKept = changesKept;
  }

  /** Place in the log up to which everything is in the list. */
  get reachedPlace(): number {
    return this.#reached;
  }

  /** The calls that run, in the order in which they began. */
  running(): Iterable<CallRecord> {
    return this.#records.values();
  }

  /** Ids of the calls that run. */
  runningIds(): Iterable<CallId> {
    return this.#records.keys();
  }

  /** Takes the next message of the log. */
  take(message: Commit | UnreadableMessage, callId: CallId | null): void {
    if (callId === null) return;
    const record = this.#records.get(callId);
    if (isUnreadable(message)) {
      if (record) this.#change(record, withDoubt(record.call), message.sequence);
      return;
    }
    let call = record?.call;
    for (const event of message.events) call = foldCall(call, event);
    if (call === undefined) return;
    if (record) this.#change(record, call, message.sequence);
    else this.#begin(callId, call, message.sequence);
  }

  /** Everything up to this place was taken. What was taken before the first such place is no change: it was loaded. */
  reach(sequence: number): void {
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      this.#rememberedFrom = sequence;
    }
    this.#reached = sequence;
  }

  /**
   * Calls that changed, began or ended after a place, each once, in the order of their newest changes; undefined: not all of
   * that is remembered.
   */
  since(place: number): readonly CallRecord[] | undefined {
    if (place < this.#rememberedFrom) return undefined;
    return this.#changes
      .slice(this.#firstAfter(place))
      .flatMap(({ sequence, record }) => (record.changedAt === sequence ? [record] : []));
  }

  /** Somebody has another name from this place of SETTINGS on. */
  rename(extension: string, settings: number): void {
    for (const record of this.#records.values())
      if (record.call.legs.some((leg) => leg.extension === extension)) record.renamedAt = settings;
  }

  #begin(callId: CallId, call: CallNow, sequence: number): void {
    if (call.ended) return;
    const members = [{ from: sequence, extensions: membersOf(call) }];
    const record = { callId, call, changedAt: sequence, renamedAt: 0, members };
    this.#records.set(callId, record);
    this.#remember(sequence, record);
  }

  #change(record: CallRecord, call: CallNow, sequence: number): void {
    if (call === record.call) return;
    record.call = call;
    record.changedAt = sequence;
    const extensions = membersOf(call);
    if (extensions.join() !== membersNow(record).join())
      this.#changeMembers(record, { from: sequence, extensions });
    if (call.ended) this.#records.delete(record.callId);
    this.#remember(sequence, record);
  }

  /** Keeps the members of before for as long as a viewer may come back to that place. */
  #changeMembers({ members }: CallRecord, now: Members): void {
    const needed = members.findLastIndex(({ from }) => from <= this.#rememberedFrom);
    if (needed > 0) members.splice(0, needed);
    members.push(now);
  }

  #remember(sequence: number, record: CallRecord): void {
    if (!this.#isLoaded) return;
    this.#changes.push({ sequence, record });
    if (this.#changes.length < 2 * this.#changesKept) return;
    this.#changes = this.#changes.slice(-this.#changesKept);
    this.#rememberedFrom = (this.#changes[0]?.sequence ?? sequence) - 1;
  }

  /** Index of the first change after a place. */
  #firstAfter(place: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.sequence ?? Infinity) > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
