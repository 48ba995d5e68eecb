import { partitionCount } from '@earshot/contracts';
import type { PartitionLease } from '../coordination.ts';

const all: readonly number[] = Array.from({ length: partitionCount }, (_, partition) => partition);
const allOfThem: ReadonlySet<number> = new Set(all);

/** The lease of a process that shares with nobody, because it is the master of what it follows. */
export const everyPartition: PartitionLease = {
  failed: new Promise(() => {}),
  owned: () => allOfThem,
  onChange: () => () => {},
  [Symbol.asyncDispose]: async () => {},
};

/**
 * The partitions of one process: every n-th, by its place among the living processes of its service. All processes
 * reckon the same from the same list, so nobody has to hand anything over.
 */
export const shareOf = (owner: string, living: Iterable<string>): ReadonlySet<number> => {
  const owners = [...new Set(living)].toSorted();
  const place = owners.indexOf(owner);
  return new Set(place < 0 ? [] : all.filter((partition) => partition % owners.length === place));
};
