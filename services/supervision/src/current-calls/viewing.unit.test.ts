import { aCall, type CallScript } from '@earshot/testkit/events';
import { describe, expect, it } from 'vitest';
import type { Viewer } from '../domain/current-calls/visibility.ts';
import { permitted, support } from '../domain/testing/told-supervisions.ts';
import { placeOf } from './place.ts';
import { ToldClient, eventsIn } from './testing/told-events.ts';
import { ToldProcess, changesKept, loggedCalls, type NamedSettings } from './testing/told-process.ts';
import { Viewing } from './viewing.ts';

const admin: Viewer = { seesAll: true, extension: null };
const benjamin: Viewer = { seesAll: false, extension: '1001' };
const names = { 1001: 'Benjamin', 1004: 'Olivia' };
const settings = (change: Partial<NamedSettings> = {}): NamedSettings => ({ ...permitted, names, ...change });
const unmarked = settings({ groups: [support(false)] });

const talking = aCall().inbound('support').queued().answeredBy('1004');
const oneCall = (call: CallScript, ...later: readonly NamedSettings[]) =>
  new ToldProcess(loggedCalls([call], [0]), [settings(), ...later]);

/** A client that reads a viewing, and what it was told last. */
const watching = (process: ToldProcess, viewer: Viewer, client = new ToldClient()) => {
  const viewing = new Viewing(process.calls, viewer, placeOf(client.lastId ?? ''));
  const read = () =>
    eventsIn(viewing.next() ?? '').map(({ event, data, id }) => {
      client.take({ event, data, id });
      const { calls = [], removed = [] } = data as { calls?: { state: string }[]; removed?: string[] };
      return `${event}: ${[...calls.map(({ state }) => state), ...removed.map(() => 'removed')].join(', ')}`;
    });
  return { client, read };
};

describe('what a viewer is told', () => {
  it('is the whole list first, then each step of a call, then its end', () => {
    const process = oneCall(talking.ends());
    const { read } = watching(process, admin);
    expect(read()).toEqual(['snapshot: ']);
    const told = [1, 2, 3, 4].flatMap(() => {
      process.follow(1);
      return read();
    });
    expect(told).toEqual(['changes: connecting', 'changes: queue', 'changes: talking', 'changes: removed']);
    expect(read()).toEqual([]);
  });

  it('is one step when several things happened since, and nothing of a call that came and went meanwhile', () => {
    const process = oneCall(talking.ends());
    const { read } = watching(process, admin);
    read();
    process.follow(3);
    expect(read()).toEqual(['changes: talking']);
    const over = oneCall(talking.ends());
    const { read: readOver } = watching(over, admin);
    readOver();
    over.follow(4);
    expect(readOver()).toEqual([]);
  });

  it('is for Benjamin the call of Olivia from when her phone rings until she has left, though it goes on', () => {
    const process = oneCall(
      aCall().inbound('support').queued().rings('1004').answeredBy('2002').leaves('1004'),
    );
    const { read } = watching(process, benjamin);
    read();
    const told = [1, 2, 3, 4, 5].map(() => {
      process.follow(1);
      return read();
    });
    expect(told).toEqual([[], [], ['changes: ringing'], ['changes: talking'], ['changes: removed']]);
  });
});

describe('permissions that change while somebody looks', () => {
  it('take the calls away at once when the mark is taken away, and show none of them afterwards', () => {
    const process = oneCall(talking.answeredBy('1005'), unmarked);
    const { client, read } = watching(process, benjamin);
    process.follow(3);
    expect(read()).toEqual(['snapshot: talking']);
    process.change();
    expect(read()).toEqual(['changes: removed']);
    expect(client.list()).toEqual([]);
    process.catchUp();
    expect(read()).toEqual([]);
  });

  it('take a call away that changed in the same moment', () => {
    const process = oneCall(talking.answeredBy('1005'), unmarked);
    const { read } = watching(process, benjamin);
    process.follow(3);
    read();
    process.follow(1);
    process.change();
    expect(read()).toEqual(['changes: removed']);
  });

  it('show the calls that a new mark permits, and take none from an administrator', () => {
    const given = new ToldProcess(loggedCalls([talking], [0]), [unmarked, settings(), unmarked]);
    given.follow(9);
    const [{ read }, everything] = [watching(given, benjamin), watching(given, admin)];
    expect([read(), everything.read()]).toEqual([['snapshot: '], ['snapshot: talking']]);
    given.change();
    expect([read(), everything.read()]).toEqual([['changes: talking'], []]);
  });

  it('show a new name of somebody on a call', () => {
    const process = oneCall(talking, settings({ names: { ...names, 1004: 'Liv' } }));
    process.follow(9);
    const { client, read } = watching(process, admin);
    read();
    process.change();
    expect(read()).toEqual(['changes: talking']);
    expect(client.list().join()).toContain('"Liv"');
  });
});

describe('a viewer who comes back', () => {
  /** Somebody who has read so much of the log at a process, and was cut. */
  const cutAt = (messages: number, viewer: Viewer, process: ToldProcess): ToldClient => {
    process.follow(messages);
    const { client, read } = watching(process, viewer);
    read();
    return client;
  };
  const ahead = (call: CallScript): ToldProcess => {
    const process = oneCall(call);
    process.catchUp();
    return process;
  };

  it('is told nothing where nothing has happened', () => {
    const process = oneCall(talking);
    expect(watching(process, admin, cutAt(3, admin, process)).read()).toEqual([]);
  });

  it('is told only what has happened since, by whichever process', () => {
    const client = cutAt(2, admin, oneCall(talking));
    expect(watching(ahead(talking), admin, client).read()).toEqual(['changes: talking']);
  });

  it('is told that Olivia has left a call that goes on meanwhile, and that one has ended', () => {
    for (const call of [talking.answeredBy('2002').leaves('1004'), talking.ends()]) {
      const client = cutAt(3, benjamin, oneCall(call));
      expect(watching(ahead(call), benjamin, client).read()).toEqual(['changes: removed']);
    }
  });

  it('is told nothing of a call that came and went meanwhile', () => {
    const client = cutAt(0, admin, oneCall(talking.ends()));
    expect(watching(ahead(talking.ends()), admin, client).read()).toEqual([]);
  });

  it('gets the whole list when the settings have changed', () => {
    const process = oneCall(talking, unmarked);
    const client = cutAt(3, admin, process);
    process.change();
    expect(watching(process, admin, client).read()).toEqual(['snapshot: talking']);
  });

  it('gets the whole list when the process has begun anew after more had happened', () => {
    const client = cutAt(2, admin, oneCall(talking));
    const process = ahead(talking);
    process.restart();
    expect(watching(process, admin, client).read()).toEqual(['snapshot: talking']);
  });

  it('gets the whole list when it was somebody else before, and sees no more than it may now', () => {
    const sold = aCall().inbound('sales').queued('sales').answeredBy('2002');
    const asAdmin = cutAt(3, admin, oneCall(sold));
    expect(watching(ahead(sold), benjamin, asAdmin).read()).toEqual(['snapshot: ']);
    expect(asAdmin.list()).toEqual([]);
    const asBenjamin = cutAt(3, benjamin, oneCall(sold));
    expect(watching(ahead(sold), admin, asBenjamin).read()).toEqual(['snapshot: talking']);
  });

  it('gets the whole list when its id is of before ids said who the viewer was', () => {
    const process = ahead(talking);
    expect(new Viewing(process.calls, admin, placeOf('log-3-1')).next()).toMatch(/event: snapshot/);
  });

  it('gets the whole list when it comes from another log', () => {
    const process = ahead(talking);
    const viewing = new Viewing(process.calls, admin, {
      ...{ log: 'other', calls: 1, settings: 1 },
      viewer: 'all',
    });
    expect(viewing.next()).toMatch(/^id: log-3-1-all\nevent: snapshot/);
  });

  it('gets the whole list when not all changes since are remembered, and no less', () => {
    const long = Array.from({ length: 3 * changesKept }, (_, n) => n).reduce(
      (call, n) => call.converse({ customer: n % 2 === 0 ? 'held' : 'talking', 1004: 'talking' }),
      talking,
    );
    // Another call changes once, so that what is forgotten is missed.
    const other = aCall({ callId: '0199a1b2-0000-7000-8000-000000000002' }).inbound('sales').queued();
    for (let at = 0; at <= long.commits.length + 2; at += 1) {
      const log = loggedCalls([long, other], [0, 0, 0, 0, 1]);
      const client = cutAt(at, admin, new ToldProcess(log, [settings()]));
      const process = new ToldProcess(log, [settings()]);
      process.catchUp();
      const { read } = watching(process, admin, client);
      const [first] = read();
      if (log.length - at <= changesKept) expect(first ?? 'changes').toMatch(/^changes/);
      expect(client.list()).toEqual(process.listFor(admin));
    }
  });

  it.each(['', 'latest', '1-2', 'log-1-x', '-1-1-1', `${'9'.repeat(40)}-1-1`])(
    'with "%s" was nowhere',
    (id) => {
      expect(placeOf(id)).toBeUndefined();
    },
  );
});
