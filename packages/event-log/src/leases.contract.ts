import { describe, expect, test } from 'vitest';
import { SameNameError, type Leases, type PartitionLease } from './index.ts';

/** One store of leases, opened for a test. */
export interface LeasesUnderTest extends AsyncDisposable {
  /** A further process. `kill`: it dies without giving anything up. */
  connect(): Promise<{ readonly leases: Leases; kill(): void }>;
  /** Lets what is not renewed run out. */
  expire(): Promise<void>;
}

const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000 }).toBe(true);
const join = async (under: LeasesUnderTest, owner: string) => {
  const { leases, kill } = await under.connect();
  const lease: PartitionLease = await leases.join('supervision', owner);
  let problem: unknown;
  lease.failed.catch((error: unknown) => {
    problem = error;
  });
  return { lease, kill, owns: () => lease.owned().size, problem: () => problem };
};

/** What every store of leases must do; each adapter's contract test runs it. */
export const leasesContract = (name: string, open: () => Promise<LeasesUnderTest>) =>
  describe(name, () => {
    test('the partitions are shared among those who live', async () => {
      await using under = await open();
      const one = await join(under, 'a');
      await until(() => one.owns() === 32);
      const other = await join(under, 'b');
      await until(() => one.owns() === 16 && other.owns() === 16);
      await other.lease[Symbol.asyncDispose]();
      await until(() => one.owns() === 32);
      await one.lease[Symbol.asyncDispose]();
    });

    test('who comes back under the name of a process that was killed takes its share over at once', async () => {
      await using under = await open();
      const one = await join(under, 'a');
      await until(() => one.owns() === 32);
      one.kill();
      const again = await join(under, 'a');
      await until(() => again.owns() === 32);
      await under.expire();
      expect([again.owns(), again.problem()]).toEqual([32, undefined]);
      await again.lease[Symbol.asyncDispose]();
    });

    test('a second living process of the same name ends with a sentence, and the first goes on', async () => {
      await using under = await open();
      const first = await join(under, 'supervision-1');
      await until(() => first.owns() === 32);
      const second = await join(under, 'supervision-1');
      await until(() => second.problem() !== undefined);
      expect(second.problem()).toBeInstanceOf(SameNameError);
      expect((second.problem() as Error).message).toBe(
        'Another living process of supervision is called supervision-1. Give each an INSTANCE of its own; ' +
          'the one that was there first goes on.',
      );
      expect(second.owns()).toBe(0);
      await second.lease[Symbol.asyncDispose]();
      await under.expire();
      await until(() => first.owns() === 32);
      expect(first.problem()).toBeUndefined();
      await first.lease[Symbol.asyncDispose]();
    });
  });
