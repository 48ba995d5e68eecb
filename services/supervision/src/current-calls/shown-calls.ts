import { currentCallOf, type NameOf } from '../domain/current-calls/current-call.ts';
import type { Permissions } from '../domain/permission.ts';
import type { CallList, CallRecord } from './call-list.ts';
import type { Place } from './place.ts';

/** What the settings say of names and permissions, as they stand. */
export interface Rules {
  readonly permissions: Permissions;
  readonly nameOf: NameOf;
  /** Place in SETTINGS of the newest change that is taken in. */
  readonly settingsPlace: () => number;
}

/** How far the list is true. */
export interface Currency {
  /** Everything that was stored by then is in the list; null: not known of any moment. */
  asOf(): string | null;
  /** Why the list is not known to be current; null: it is. */
  problem(): string | null;
  /** Looks once more, for who is told of a problem: a busy process may look late by itself. */
  lookAgain(): Promise<void>;
}

/** The calls as viewers get them: each change is put into words once, however many look on. */
export class ShownCalls {
  readonly list: CallList;
  readonly rules: Rules;
  readonly currency: Currency;
  readonly #log: string;
  readonly #texts = new WeakMap<CallRecord, { changedAt: number; renamedAt: number; json: string }>();
  #sharedAt = '';
  readonly #shared = new Map<string, string>();

  /** @param log name of the log */
  constructor(list: CallList, rules: Rules, currency: Currency, log: string) {
    this.list = list;
    this.rules = rules;
    this.currency = currency;
    this.#log = log;
  }

  /** Where the list stands now. */
  place(): Place {
    return { log: this.#log, calls: this.list.reachedPlace, settings: this.rules.settingsPlace() };
  }

  /** The call as JSON. */
  json(record: CallRecord): string {
    const { callId, call, changedAt, renamedAt } = record;
    const known = this.#texts.get(record);
    if (known?.changedAt === changedAt && known.renamedAt === renamedAt) return known.json;
    const json = JSON.stringify(currentCallOf(callId, call, this.rules.nameOf));
    this.#texts.set(record, { changedAt, renamedAt, json });
    return json;
  }

  /** What is the same for several viewers while the list stands where it does, made once. */
  shared(what: string, make: () => string): string {
    const { calls, settings } = this.place();
    const at = `${calls}-${settings}`;
    if (at !== this.#sharedAt) {
      this.#shared.clear();
      this.#sharedAt = at;
    }
    const known = this.#shared.get(what);
    if (known !== undefined) return known;
    const made = make();
    this.#shared.set(what, made);
    return made;
  }
}
