import type { CallEvent, CallId } from '@earshot/contracts';
import type { Commit } from '@earshot/event-log';
import type { CallScript } from '@earshot/testkit/events';
import type { Viewer } from '../../domain/current-calls/visibility.ts';
import { permissionsFrom, type ToldSettings } from '../../domain/testing/told-permissions.ts';
import { CallList } from '../call-list.ts';
import { placeOf } from '../place.ts';
import { ShownCalls } from '../shown-calls.ts';
import { Viewing } from '../viewing.ts';

/** Settings as they stand from one place of SETTINGS on. */
export interface NamedSettings extends ToldSettings {
  readonly names: Readonly<Record<string, string>>;
}

/** The commits of several calls as they stand in one log: each call's in order. @param turns whose turn it is, again and again */
export const loggedCalls = (calls: readonly CallScript[], turns: readonly number[]): readonly Commit[] => {
  const waiting = calls.map((call) => [...Map.groupBy(call.events, ({ sequence }) => sequence).values()]);
  const log: Commit[] = [];
  for (let turn = 0; waiting.some((commits) => commits.length > 0); turn += 1) {
    const own = waiting[(turns[turn % turns.length] ?? 0) % waiting.length];
    const events = own?.shift() ?? waiting.find((commits) => commits.length > 0)?.shift();
    const [first] = events ?? [];
    if (events && first) log.push(commitAt(log.length + 1, first, events));
  }
  return log;
};

const commitAt = (sequence: number, { callId, writer }: CallEvent, events: readonly CallEvent[]): Commit =>
  ({ id: `c${sequence}`, sequence, callId, writer, events }) as unknown as Commit;

/** Few, so that viewers come back to places that are forgotten. */
export const changesKept = 8;

/** One process that follows a told log and told settings, each as far as the test says. */
export class ToldProcess {
  readonly #log: readonly Commit[];
  readonly #settings: readonly NamedSettings[];
  #list = new CallList(changesKept);
  #at = 0;
  #settingsAt = 1;
  calls: ShownCalls;

  constructor(log: readonly Commit[], settings: readonly NamedSettings[]) {
    this.#log = log;
    this.#settings = settings;
    this.#list.reach(0);
    this.calls = this.#shown();
  }

  /** Takes in the next messages of the log. */
  follow(messages: number): void {
    for (const message of this.#log.slice(this.#at, this.#at + messages)) {
      this.#list.take(message, message.callId);
      this.#list.reach(message.sequence);
      this.#at = message.sequence;
    }
  }

  /** Takes in the next change of the settings. */
  change(): void {
    if (this.#settingsAt >= this.#settings.length) return;
    const before = this.#now().names;
    this.#settingsAt += 1;
    for (const [extension, name] of Object.entries(this.#now().names))
      if (before[extension] !== name) this.#list.rename(extension, this.#settingsAt);
  }

  catchUp(): void {
    this.follow(Infinity);
    while (this.#settingsAt < this.#settings.length) this.change();
  }

  /** Comes to at least the place that a viewer has seen. */
  reach(id: string | undefined): void {
    const place = id === undefined ? undefined : placeOf(id);
    if (!place) return;
    this.follow(Math.max(0, place.calls - this.#at));
    while (this.#settingsAt < place.settings) this.change();
  }

  /** The process ends and begins again: it reads the calls that were open where it stood, and remembers no change. */
  restart(): void {
    const open = new Set<CallId>(this.#list.runningIds());
    this.#list = new CallList(changesKept);
    for (const message of this.#log.slice(0, this.#at))
      if (open.has(message.callId)) this.#list.take(message, message.callId);
    this.#list.reach(this.#at);
    this.calls = this.#shown();
  }

  /** What a fresh question of the viewer is answered. */
  listFor(viewer: Viewer): readonly string[] {
    return new Viewing(this.calls, viewer, undefined)
      .visible()
      .map((record) => this.calls.json(record))
      .toSorted();
  }

  #now(): NamedSettings {
    const now = this.#settings[this.#settingsAt - 1];
    if (!now) throw new Error('There are no such settings');
    return now;
  }

  #shown(): ShownCalls {
    const permissions = {
      isEnabled: () => permissionsFrom(this.#now()).isEnabled(),
      hasExtension: (extension: string) => permissionsFrom(this.#now()).hasExtension(extension),
      grantsFor: (one: string, other: string) => permissionsFrom(this.#now()).grantsFor(one, other),
      rules: () => permissionsFrom(this.#now()).rules(),
    };
    const rules = {
      permissions,
      nameOf: (extension: string) => this.#now().names[extension] ?? null,
      settingsPlace: () => this.#settingsAt,
    };
    const currency = {
      asOf: () => '2026-11-21T09:00:00.000Z',
      problem: () => null,
      lookAgain: async () => {},
    };
    return new ShownCalls(this.#list, rules, currency, 'log');
  }
}
