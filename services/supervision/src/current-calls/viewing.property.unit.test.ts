import type { CallEvent, CallId } from '@earshot/contracts';
import { anyCall, anySupervisedCall, type CallScript } from '@earshot/testkit/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Viewer } from '../domain/current-calls/visibility.ts';
import { placeOf } from './place.ts';
import { ToldClient, eventsIn } from './testing/told-events.ts';
import { ToldProcess, loggedCalls, type NamedSettings } from './testing/told-process.ts';
import { Viewing } from './viewing.ts';

const given = process.env['PROPERTY_SEED'];
const seed = given === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(given);
const runs = Number(process.env['PROPERTY_RUNS'] ?? 400);

const agents = ['1001', '1004', '1005', '1006'] as const;
const agent = fc.constantFrom(...agents);

const settings: fc.Arbitrary<NamedSettings> = fc.record({
  enabled: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  extensions: fc.subarray([...agents], { minLength: 2 }),
  groups: fc.array(
    fc.uniqueArray(fc.record({ extension: agent, supervisor: fc.boolean() }), {
      selector: ({ extension }) => extension,
    }),
    { minLength: 1, maxLength: 2 },
  ),
  names: fc.record({ 1001: fc.constantFrom('Benjamin', 'Ben'), 1004: fc.constantFrom('Olivia', 'Liv') }),
});
const viewer: fc.Arbitrary<Viewer> = fc.oneof(fc.constant({ seesAll: true, extension: null }), {
  weight: 4,
  arbitrary: agent.map((extension) => ({ seesAll: false, extension })),
});
const place = fc.integer({ min: 0, max: 1 });
/** What happens next, at one of two processes, to one of the clients. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('follow' as const),
      at: place,
      by: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('change' as const), at: place, by: fc.constant(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('restart' as const), at: place, by: fc.constant(1) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ what: fc.constant('read' as const), at: fc.nat(3), by: fc.constant(1) }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('cut' as const), at: fc.nat(3), by: fc.nat(5) }) },
);
const schedule = fc.record({
  calls: fc.array(fc.oneof(anyCall, anySupervisedCall), { minLength: 1, maxLength: 4 }),
  turns: fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
  settings: fc.array(settings, { minLength: 1, maxLength: 5 }),
  viewers: fc.array(viewer, { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { maxLength: 60 }),
});

/** The same call under another id. */
const numbered = (call: CallScript, n: number): CallScript => {
  const callId: CallId = `0199a1b2-0000-7000-8000-00000000000${n}`;
  const events = JSON.parse(JSON.stringify(call.events).replaceAll(call.callId, callId)) as CallEvent[];
  return { ...call, callId, events };
};

/** A viewer's client, connected to one of the processes. */
class Watcher {
  readonly client = new ToldClient();
  readonly viewer: Viewer;
  readonly #processes: readonly ToldProcess[];
  #at = 0;
  #viewing: Viewing;

  constructor(processes: readonly ToldProcess[], own: Viewer) {
    this.#processes = processes;
    this.viewer = own;
    this.#viewing = this.#open();
  }

  /** Reads all there is. @returns what it knows then, and what a fresh question is answered there: the same */
  read(): readonly [readonly string[], readonly string[]] {
    for (const event of eventsIn(this.#viewing.next() ?? '')) this.client.take(event);
    return [this.client.list(), this.#process().listFor(this.viewer)];
  }

  /** Reads so many events, is cut, and goes on at the other process. */
  cut(after: number): void {
    for (const event of eventsIn(this.#viewing.next() ?? '').slice(0, after)) this.client.take(event);
    this.#at = 1 - this.#at;
    this.#viewing = this.#open();
  }

  /** The process that it is connected to begins anew. */
  processRestarted(process: ToldProcess): void {
    if (process === this.#process()) this.#viewing = this.#open();
  }

  #process(): ToldProcess {
    const process = this.#processes[this.#at];
    if (!process) throw new Error('There are two processes');
    return process;
  }

  #open(): Viewing {
    const { lastId } = this.client;
    this.#process().reach(lastId);
    return new Viewing(
      this.#process().calls,
      this.viewer,
      lastId === undefined ? undefined : placeOf(lastId),
    );
  }
}

describe('a client of the list, cut and resumed at random, at random processes', () => {
  it(
    `always knows exactly what it would be answered, and sees no id twice (PROPERTY_SEED=${seed})`,
    { timeout: 600_000 },
    () => {
      let told = 0;
      let removed = 0;
      fc.assert(
        fc.property(schedule, (drawn) => {
          const log = loggedCalls(drawn.calls.map(numbered), drawn.turns);
          const processes = [0, 1].map(() => new ToldProcess(log, drawn.settings));
          const watchers = drawn.viewers.map((one) => new Watcher(processes, one));
          for (const { what, at, by } of drawn.steps) {
            const process = processes[at % 2];
            const watcher = watchers[at % watchers.length];
            if (what === 'follow') process?.follow(by);
            if (what === 'change') process?.change();
            if (what === 'restart') {
              process?.restart();
              for (const one of watchers) if (process) one.processRestarted(process);
            }
            if (what === 'read') {
              const [known, answered] = watcher?.read() ?? [];
              expect(known).toEqual(answered);
            }
            if (what === 'cut') watcher?.cut(by);
          }
          for (const process of processes) process.catchUp();
          for (const watcher of watchers) {
            watcher.read();
            const { ids } = watcher.client;
            expect(new Set(ids).size).toBe(ids.length);
            expect(watcher.client.list()).toEqual(processes[0]?.listFor(watcher.viewer));
            told += ids.length;
            if (!watcher.viewer.seesAll) removed += ids.length;
          }
        }),
        { numRuns: runs, seed },
      );
      // The schedules must have reached what they are about, or they prove nothing.
      expect(Math.min(told, removed)).toBeGreaterThan(runs);
    },
  );
});
