import type { CallId } from '@earshot/contracts';
import { maySee, type Viewer } from '../domain/current-calls/visibility.ts';
import { membersAt, membersNow, type CallRecord } from './call-list.ts';
import { idOf, viewerName, type Place, type SeenPlace } from './place.ts';
import type { ShownCalls } from './shown-calls.ts';

/** One server-sent event. @param id null: it names no place where a viewer could resume */
export const eventText = (event: string, data: string, id: string | null = null): string =>
  `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;

/** What one viewer has been told, and what is new since: the whole list first, then each change. */
export class Viewing {
  readonly #calls: ShownCalls;
  readonly #viewer: Viewer;
  /** Calls that the viewer knows; unused for one who sees all. */
  #shown = new Set<CallId>();
  /** Undefined: the viewer has to get the whole list. */
  #place: Place | undefined;
  #isToldBehind = false;
  /** Whether the viewer may see what an extension takes part in, while the settings stand. */
  readonly #answers = new Map<string, boolean>();

  /** @param place where the viewer stood before; one that cannot be gone on from leads to the whole list */
  constructor(calls: ShownCalls, viewer: Viewer, place: SeenPlace | undefined) {
    this.#calls = calls;
    this.#viewer = viewer;
    if (place) this.#resume(place);
  }

  /** What has to be told now, as server-sent events; undefined: nothing. */
  next(): string | undefined {
    const text = `${this.#news()}${this.#currency()}`;
    return text === '' ? undefined : text;
  }

  /** The calls that the viewer may see now. */
  visible(): readonly CallRecord[] {
    return [...this.#calls.list.running()].filter((record) => this.#isVisible(record));
  }

  #resume(place: SeenPlace): void {
    if (place.viewer !== viewerName(this.#viewer)) return;
    const now = this.#calls.place();
    if (place.log !== now.log || place.settings !== now.settings || place.calls > now.calls) return;
    const since = this.#calls.list.since(place.calls);
    if (!since) return;
    this.#place = place;
    if (this.#viewer.seesAll) return;
    for (const record of [...this.#calls.list.running(), ...since]) {
      const members = membersAt(record, place.calls);
      if (members && this.#maySee(members)) this.#shown.add(record.callId);
    }
  }

  #news(): string {
    const from = this.#place;
    const now = this.#calls.place();
    if (from && from.calls === now.calls && from.settings === now.settings) return '';
    this.#place = now;
    if (from?.settings !== now.settings) this.#answers.clear();
    const changed = from && this.#calls.list.since(from.calls);
    if (!from || !changed) return this.#snapshot();
    if (!this.#viewer.seesAll) return this.#changes(from, now, changed);
    return this.#calls.shared(`from ${idOf(from, this.#viewer)}`, () => this.#changes(from, now, changed));
  }

  #snapshot(): string {
    if (this.#viewer.seesAll) return this.#calls.shared('all', () => this.#whole(this.visible()));
    const visible = this.visible();
    this.#shown = new Set(visible.map(({ callId }) => callId));
    return this.#whole(visible);
  }

  #whole(records: readonly CallRecord[]): string {
    const asOf = JSON.stringify(this.#calls.currency.asOf());
    const calls = records.map((record) => this.#calls.json(record)).join(',');
    return eventText(
      'snapshot',
      `{"asOf":${asOf},"calls":[${calls}]}`,
      idOf(this.#calls.place(), this.#viewer),
    );
  }

  /** One step from place to place is one event: a viewer who is cut has the whole of it or nothing. */
  #changes(from: Place, now: Place, changed: readonly CallRecord[]): string {
    const calls: string[] = [];
    const removed: CallId[] = [];
    for (const record of from.settings === now.settings ? changed : this.#concerned(from, changed)) {
      const { callId } = record;
      const isKnown = this.#viewer.seesAll
        ? membersAt(record, from.calls) !== undefined
        : this.#shown.delete(callId);
      if (this.#isVisible(record)) {
        this.#shown.add(callId);
        calls.push(this.#calls.json(record));
      } else if (isKnown) removed.push(callId);
    }
    if (calls.length === 0 && removed.length === 0) return '';
    return eventText(
      'changes',
      `{"calls":[${calls.join(',')}],"removed":${JSON.stringify(removed)}}`,
      idOf(now, this.#viewer),
    );
  }

  /** Calls that may look otherwise, or to others, since the settings changed, besides those that changed. */
  #concerned(from: Place, changed: readonly CallRecord[]): readonly CallRecord[] {
    const isChanged = new Set(changed);
    const others = [...this.#calls.list.running()].filter(
      (record) =>
        !isChanged.has(record) &&
        (record.renamedAt > from.settings ||
          (!this.#viewer.seesAll && this.#isVisible(record) !== this.#shown.has(record.callId))),
    );
    return [...changed, ...others];
  }

  #currency(): string {
    const { currency } = this.#calls;
    const problem = currency.problem();
    if ((problem !== null) === this.#isToldBehind) return '';
    this.#isToldBehind = problem !== null;
    const asOf = currency.asOf();
    return problem === null
      ? eventText('current', JSON.stringify({ asOf }))
      : eventText('behind', JSON.stringify({ asOf, reason: problem }));
  }

  #isVisible(record: CallRecord): boolean {
    return !record.call.ended && this.#maySee(membersNow(record));
  }

  #maySee(members: readonly string[]): boolean {
    if (this.#viewer.seesAll) return true;
    return members.some((member) => {
      const known = this.#answers.get(member);
      if (known !== undefined) return known;
      const answer = maySee(this.#calls.rules.permissions, this.#viewer, [member]);
      this.#answers.set(member, answer);
      return answer;
    });
  }
}
