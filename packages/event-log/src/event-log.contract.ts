import {
  UnreadableCommitError,
  callSubject,
  partitionOf,
  switchOf,
  type CallId,
  type Writer,
} from '@earshot/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callEnded, keyPressed, numberedCall, signalingOn } from './fixtures/keys-service.ts';
import {
  ConflictError,
  isUnreadable,
  type Commit,
  type EventLog,
  type FollowedCommit,
  type FollowOptions,
  type NewCommit,
  type UnreadableMessage,
} from './index.ts';

/** One adapter of the event log, opened for the suite. */
export interface LogUnderTest extends AsyncDisposable {
  readonly log: EventLog;
  /** Puts a message into the stream that no service of ours would write. */
  publishRaw(subject: string, data: Uint8Array): Promise<void>;
  /** Everything outside the payload that is stored with a message. */
  envelopeOf(sequence: number): Promise<string>;
}

let calls = 5000;
const newCall = (): CallId => numberedCall((calls += 1));

const commitOn = (
  callId: CallId,
  id: string,
  expectedSequence: number,
  key = '3',
): NewCommit<'signaling'> => ({
  callId,
  writer: 'signaling',
  id: `${callId}.signaling.SWITCH.${id}`,
  causation: { source: 'SWITCH', id, sequence: null },
  events: [keyPressed(callId, key)],
  expectedSequence,
});

const take = async (
  log: EventLog,
  after: number,
  count: number,
  of: Pick<FollowOptions, 'partitions' | 'switch'> = {},
) => {
  const abort = new AbortController();
  const taken: (FollowedCommit | UnreadableMessage)[] = [];
  for await (const message of log.follow({ after, signal: abort.signal, ...of })) {
    taken.push(message);
    if (taken.length === count) break;
  }
  abort.abort();
  return taken;
};

/** What every event log must do; each adapter's contract test runs it. */
export const eventLogContract = (name: string, open: () => Promise<LogUnderTest>) =>
  describe(name, () => {
    let under: LogUnderTest;
    let log: EventLog;
    beforeAll(async () => {
      under = await open();
      log = under.log;
    }, 60_000);
    afterAll(async () => {
      await under[Symbol.asyncDispose]();
    });

    test('of two decisions on the same version of a call only one is stored', async () => {
      const call = newCall();
      const results = await Promise.allSettled([
        log.append(commitOn(call, 'a', 0)),
        log.append(commitOn(call, 'b', 0)),
      ]);
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(results.find((result) => result.status === 'rejected')?.reason).toBeInstanceOf(ConflictError);
      expect(await log.load(call)).toHaveLength(1);
    });

    test('a decision on an older version of a call is refused', async () => {
      const call = newCall();
      const first = await log.append(commitOn(call, 'a', 0));
      await log.append(commitOn(call, 'b', first.sequence));
      await expect(log.append(commitOn(call, 'c', first.sequence))).rejects.toBeInstanceOf(ConflictError);
    });

    test('a commit that is appended again is returned, not stored twice', async () => {
      const call = newCall();
      const first = await log.append(commitOn(call, 'a', 0));
      expect((await log.append(commitOn(call, 'a', 0))).sequence).toBe(first.sequence);
      const second = await log.append(commitOn(call, 'b', first.sequence));
      expect((await log.append(commitOn(call, 'a', 0))).sequence).toBe(first.sequence);
      expect((await log.load(call)).map(({ sequence }) => sequence)).toEqual([
        first.sequence,
        second.sequence,
      ]);
    });

    test('a commit that was stored before, but behind another that its writer did not know, is a conflict', async () => {
      const call = newCall();
      const first = await log.append(commitOn(call, 'a', 0));
      const second = await log.append(commitOn(call, 'b', first.sequence));
      await log.append(commitOn(call, 'c', second.sequence));
      await expect(log.append(commitOn(call, 'c', first.sequence))).rejects.toBeInstanceOf(ConflictError);
    });

    test('what an event log gives back is what was appended', async () => {
      const call = newCall();
      const appended = await log.append(commitOn(call, 'a', 0, '7'));
      const [loaded] = await log.load(call);
      const plain = ({ id, sequence, callId, writer, events }: Commit) => ({
        id,
        sequence,
        callId,
        writer,
        events,
      });
      expect(loaded && plain(loaded)).toEqual(plain(appended));
      expect(appended.events[0]).toMatchObject({
        type: 'KeyPressed',
        callId: call,
        writer: 'signaling',
        sequence: appended.sequence,
        index: 0,
        data: { key: '7' },
      });
    });

    test('a call is loaded with the commits of all its writers, in the order of the log', async () => {
      const call = newCall();
      const at = '2026-11-21T09:30:00.000Z';
      const actor = { kind: 'service', service: 'supervision' } as const;
      const first = await log.append(commitOn(call, 'a', 0));
      const second = await log.append({
        callId: call,
        writer: 'supervision',
        id: `${call}.supervision.CALLS.1`,
        causation: { source: 'CALLS', id: 'x', sequence: first.sequence },
        events: [
          {
            type: 'SupervisionRefused',
            occurredAt: at,
            actor,
            data: { legId: `${call}-l1`, reason: 'self' },
          },
        ],
        expectedSequence: 0,
      });
      const third = await log.append(commitOn(call, 'b', first.sequence));
      expect(
        (await log.load(call)).map((commit): [Writer, number] => [commit.writer, commit.sequence]),
      ).toEqual([
        ['signaling', first.sequence],
        ['supervision', second.sequence],
        ['signaling', third.sequence],
      ]);
      expect((await log.load(call, ['supervision'])).map(({ sequence }) => sequence)).toEqual([
        second.sequence,
      ]);
    });

    test('a call of more commits than one page is loaded whole', async () => {
      const call = newCall();
      let last = 0;
      for (let n = 0; n < 1030; n += 1) last = (await log.append(commitOn(call, `${n}`, last))).sequence;
      const loaded = await log.load(call);
      expect(loaded).toHaveLength(1030);
      expect(loaded.at(-1)?.sequence).toBe(last);
    }, 30_000);

    test('a call that nobody wrote about has no commits', async () => {
      expect(await log.load(newCall())).toEqual([]);
    });

    test('all events of a decision are stored as one, and read as one', async () => {
      const call = newCall();
      const before = await log.lastSequence();
      await signalingOn(log)(call, keyPressed(call, '1'), keyPressed(call, '2'), callEnded);
      const [commit] = await take(log, before, 1);
      expect(
        commit && !isUnreadable(commit) && commit.events.map(({ index, sequence }) => [index, sequence]),
      ).toEqual([0, 1, 2].map((index) => [index, before + 1]));
    });

    test('an event that is not what its schema says is refused before anything is stored', async () => {
      const call = newCall();
      await expect(
        log.append({
          ...commitOn(call, 'a', 0),
          events: [keyPressed(call, '3'), keyPressed(call, 'not a key')],
        }),
      ).rejects.toThrow(TypeError);
      expect(await log.load(call)).toEqual([]);
    });

    test('two followers see the same messages in the same order, from the middle on and as they come', async () => {
      const call = newCall();
      const say = signalingOn(log);
      await say(call, keyPressed(call, '1'));
      const middle = (await say(call, keyPressed(call, '2'))).sequence;
      const following = [take(log, middle, 3), take(log, middle, 3)];
      const expected = [
        await say(call, keyPressed(call, '3')),
        await say(call, keyPressed(call, '4')),
        await say(call, callEnded),
      ];
      for (const taken of await Promise.all(following))
        expect(taken.map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
    });

    test('a follower of some partitions sees the calls of those only', async () => {
      const before = await log.lastSequence();
      const say = signalingOn(log);
      const many = Array.from({ length: 40 }, newCall);
      for (const call of many) await say(call, keyPressed(call, '1'));
      const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
      const mine = many.filter((call) => partitions.includes(partitionOf(call)));
      const taken = await take(log, before, mine.length, { partitions });
      expect(taken.map((message) => !isUnreadable(message) && message.callId)).toEqual(mine);
    });

    test('a follower of one switch sees the calls on it only, of all partitions or of some', async () => {
      const before = await log.lastSequence();
      const say = signalingOn(log);
      const many = Array.from({ length: 40 }, (_, n) => numberedCall((calls += 1), n % 2 === 0 ? 7 : 4095));
      for (const call of many) await say(call, keyPressed(call, '1'));
      const onSwitch = many.filter((call) => switchOf(call) === 7);
      const all = await take(log, before, onSwitch.length, { switch: 7 });
      expect(all.map((message) => !isUnreadable(message) && message.callId)).toEqual(onSwitch);
      const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
      const some = onSwitch.filter((call) => partitions.includes(partitionOf(call)));
      const taken = await take(log, before, some.length, { switch: 7, partitions });
      expect(taken.map((message) => !isUnreadable(message) && message.callId)).toEqual(some);
    });

    test('a follower says once when it has caught up, also when there is nothing to catch up with', async () => {
      for (const behind of [0, 3]) {
        const after = (await log.lastSequence()) - behind;
        const abort = new AbortController();
        let seen = 0;
        let seenAtCatchUp: number | undefined;
        const caughtUp = new Promise<void>((resolve) => {
          const follow = async () => {
            for await (const _ of log.follow({
              after,
              signal: abort.signal,
              onCaughtUp: () => {
                seenAtCatchUp = seen;
                resolve();
              },
            }))
              seen += 1;
          };
          void follow();
        });
        await caughtUp;
        abort.abort();
        expect(seenAtCatchUp).toBe(behind);
      }
    });

    test('a message that is no commit is handed over, and the next one comes all the same', async () => {
      const call = newCall();
      const before = await log.lastSequence();
      await under.publishRaw(callSubject(call, 'signaling'), new TextEncoder().encode('{"what":"is this"}'));
      await under.publishRaw('calls.0.7.no-call.signaling', new TextEncoder().encode('x'));
      const other = newCall();
      await signalingOn(log)(other, callEnded);
      const taken = await take(log, before, 3);
      expect(taken.map(isUnreadable)).toEqual([true, true, false]);
      expect(taken[0]).toMatchObject({ subject: callSubject(call, 'signaling'), sequence: before + 1 });
    });

    test('a call with a message that cannot be read is read around it, and not loaded as if it were whole', async () => {
      const call = newCall();
      const first = await log.append(commitOn(call, 'a', 0));
      await under.publishRaw(
        callSubject(call, 'supervision'),
        new TextEncoder().encode('{"what":"is this"}'),
      );
      const messages = await log.read(call);
      expect(messages.map(isUnreadable)).toEqual([false, true]);
      expect(messages[0]?.sequence).toBe(first.sequence);
      await expect(log.load(call)).rejects.toThrow(UnreadableCommitError);
      expect(await log.load(call, ['signaling'])).toHaveLength(1);
    });

    test('a number, a name or a key stands in the payload only', async () => {
      const call = newCall();
      const { sequence } = await log.append({
        ...commitOn(call, 'a', 0),
        events: [
          {
            type: 'CallStarted',
            occurredAt: '2026-11-21T09:30:00.000Z',
            actor: { kind: 'switch' },
            data: { direction: 'inbound', line: null, from: '+41791112233', to: '+41445556677' },
          },
        ],
      });
      const envelope = await under.envelopeOf(sequence);
      expect(envelope).toContain(call);
      expect(envelope).not.toMatch(/41791112233|41445556677/);
    });

    test('a log is told from every other by its identity, which stays', async () => {
      await using other = await open();
      const [here, again, there] = [await log.identity(), await log.identity(), await other.log.identity()];
      expect([here === again, here === there]).toEqual([true, false]);
      expect(here).toMatch(/^CALLS@./);
    });

    test('whoever follows learns when the log stored a commit, whatever clock its writer had', async () => {
      const call = newCall();
      const before = Date.now();
      const { sequence } = await log.append(commitOn(call, 'a', 0));
      const [message] = await take(log, sequence - 1, 1);
      if (message === undefined || isUnreadable(message)) throw new Error('the commit was not handed over');
      expect(Date.parse(message.storedAt)).toBeGreaterThanOrEqual(before - 1);
      expect(new Date(message.storedAt).toISOString()).toBe(message.storedAt);
    });
  });
