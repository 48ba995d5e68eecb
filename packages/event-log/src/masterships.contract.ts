import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mastership, Masterships } from './index.ts';

/** A process that wants to be master, and what may happen to it. */
export interface MasterUnderTest {
  readonly masterships: Masterships;
  /** Dies without giving anything up. */
  kill(): void;
  cutOff(): void;
  connectAgain(): void;
}

/** One store of masterships, opened for a test. */
export interface MastershipsUnderTest extends AsyncDisposable {
  connect(): Promise<MasterUnderTest>;
  /** Lets what is not renewed run out. */
  expire(): Promise<void>;
}

const until = async (condition: () => boolean) => {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (condition()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  throw new Error('It did not come about');
};

const place = { service: 'signaling', name: '7' };

/** A process with its name, and the mastership once it has it. */
interface Contender {
  readonly process: MasterUnderTest;
  readonly owner: string;
  readonly stop: AbortController;
  mastership?: Mastership;
  isLost: boolean;
  isDead: boolean;
  isCut: boolean;
  /** Names of those it was told to be master. */
  readonly others: string[];
}

const contend = async (under: MastershipsUnderTest, owner: string): Promise<Contender> => {
  const process = await under.connect();
  const contender: Contender = {
    process,
    owner,
    stop: new AbortController(),
    isLost: false,
    isDead: false,
    isCut: false,
    others: [],
  };
  const acquire = async () => {
    const mastership = await process.masterships.acquire({
      ...place,
      owner,
      onOther: (other) => void contender.others.push(other),
      signal: contender.stop.signal,
    });
    contender.mastership = mastership;
    await mastership.lost;
    contender.isLost = true;
  };
  acquire().catch(() => {});
  return contender;
};

const holds = ({ mastership, isDead }: Contender) => !isDead && mastership?.holds() === true;
const isWaiting = ({ mastership, isDead, isLost }: Contender) => !isDead && !isLost && !mastership;
const end = async (contenders: readonly Contender[]) => {
  for (const contender of contenders) {
    contender.stop.abort();
    if (!contender.isDead) await contender.mastership?.[Symbol.asyncDispose]();
  }
};

type Act =
  | { readonly act: 'start' | 'kill' | 'same-name' | 'cut' | 'mend' | 'give-up'; readonly at: number }
  | { readonly act: 'expire' };
const at = fc.integer({ min: 0, max: 2 });
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        act: fc.constantFrom('start', 'kill', 'same-name', 'cut', 'mend', 'give-up'),
        at,
      }),
    },
    { weight: 2, arbitrary: fc.constant({ act: 'expire' as const }) },
  ),
  { minLength: 4, maxLength: 14 },
);

/** Watches that never two hold at once, and that who holds has a greater epoch than whoever held before. */
const watch = (contenders: readonly Contender[]) => {
  let newest = { epoch: 0, by: undefined as Contender | undefined };
  return () => {
    const holding = contenders.filter(holds);
    expect(holding.slice(1).map(({ owner }) => owner)).toEqual([]);
    const [by] = holding;
    const epoch = by?.mastership?.epoch ?? 0;
    if (!by) return;
    expect(epoch).toBeGreaterThanOrEqual(newest.epoch + (by === newest.by ? 0 : 1));
    newest = { epoch, by };
  };
};

const perform = async (under: MastershipsUnderTest, contenders: Contender[], act: Act): Promise<void> => {
  if (act.act === 'expire') return under.expire();
  const one = contenders.filter(({ isDead, isLost }) => !isDead && !isLost)[act.at];
  if (act.act === 'start') {
    if (contenders.length < 6) contenders.push(await contend(under, `new-${contenders.length}`));
    return undefined;
  }
  if (!one) return undefined;
  if (act.act === 'kill' || act.act === 'same-name') {
    one.isDead = true;
    one.stop.abort();
    one.process.kill();
    if (act.act === 'same-name') contenders.push(await contend(under, one.owner));
    return undefined;
  }
  if (act.act === 'give-up') {
    await one.mastership?.[Symbol.asyncDispose]();
    return undefined;
  }
  one.isCut = act.act === 'cut';
  if (one.isCut) one.process.cutOff();
  else one.process.connectAgain();
  return undefined;
};

const play = async (open: () => Promise<MastershipsUnderTest>, script: readonly Act[]) => {
  await using under = await open();
  const contenders = [await contend(under, 'first'), await contend(under, 'second')];
  const look = watch(contenders);
  let broken: unknown;
  const looking = setInterval(() => {
    try {
      look();
    } catch (error) {
      broken ??= error;
    }
  }, 1);
  try {
    for (const act of script) {
      await perform(under, contenders, act);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      look();
    }
    for (const { process, isDead } of contenders) if (!isDead) process.connectAgain();
    await under.expire();
    if (contenders.some(isWaiting)) await until(() => contenders.some(holds));
    look();
    if (broken !== undefined) throw broken;
  } finally {
    clearInterval(looking);
    await end(contenders);
  }
};

/** What every store of masterships must do; each adapter's contract test runs it. */
export const mastershipsContract = (name: string, open: () => Promise<MastershipsUnderTest>, runs: number) =>
  describe(name, () => {
    test('one process is master, and the other waits until it gave up', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const second = await contend(under, 'b');
      await under.expire();
      expect([holds(first), holds(second)]).toEqual([true, false]);
      await first.mastership?.[Symbol.asyncDispose]();
      expect(holds(first)).toBe(false);
      await until(() => holds(second));
      expect(second.mastership?.epoch).toBeGreaterThan(first.mastership?.epoch ?? Infinity);
      await until(() => first.isLost);
      await end([second]);
    });

    test('a master that was killed is followed when it was not heard of in time', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const second = await contend(under, 'b');
      first.process.kill();
      await under.expire();
      await until(() => holds(second));
      await end([second]);
    });

    test('a living master is not replaced by a process of the same name, which learns of it and waits', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const second = await contend(under, 'a');
      await until(() => second.others.length > 0);
      await under.expire();
      expect([holds(first), holds(second), first.isLost]).toEqual([true, false, false]);
      expect(second.others).toEqual(['a']);
      first.process.kill();
      await under.expire();
      await until(() => holds(second));
      await end([second]);
    });

    test('with the server away a master holds nothing and has lost nothing; back again it goes on in a new epoch', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const epoch = first.mastership?.epoch ?? Infinity;
      first.process.cutOff();
      await under.expire();
      await until(() => !holds(first));
      expect(first.isLost).toBe(false);
      first.process.connectAgain();
      await until(() => holds(first));
      expect(first.mastership?.epoch).toBeGreaterThan(epoch);
      await end([first]);
    });

    test('back again, a master whose place was taken meanwhile has lost it', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const second = await contend(under, 'b');
      first.process.cutOff();
      await under.expire();
      await until(() => holds(second));
      expect(holds(first)).toBe(false);
      first.process.connectAgain();
      await until(() => first.isLost);
      expect([holds(first), holds(second)]).toEqual([false, true]);
      await end([second]);
    });

    test('who stops waiting gets nothing', async () => {
      await using under = await open();
      const first = await contend(under, 'a');
      await until(() => holds(first));
      const stop = new AbortController();
      const waiting = (await under.connect()).masterships.acquire({
        ...place,
        owner: 'b',
        signal: stop.signal,
      });
      stop.abort(new Error('no longer wanted'));
      await expect(waiting).rejects.toThrow('no longer wanted');
      expect(holds(first)).toBe(true);
      await end([first]);
    });

    test('whoever is killed, cut off, follows under a new name or gives up, in whatever order: never two hold it, no epoch goes back', async () => {
      await fc.assert(
        fc.asyncProperty(acts, (script) => play(open, script)),
        { numRuns: runs },
      );
    }, 120_000);
  });
