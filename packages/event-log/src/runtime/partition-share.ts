import { partitionCount } from '@earshot/contracts';

/**
 * The partitions of one process: every n-th, by its place among the living processes of its service. All processes
 * reckon the same from the same list, so nobody has to hand anything over.
 */
export const shareOf = (owner: string, living: Iterable<string>): ReadonlySet<number> => {
  const owners = [...new Set(living)].sort();
  const place = owners.indexOf(owner);
  const all = Array.from({ length: partitionCount }, (_, partition) => partition);
  return new Set(place < 0 ? [] : all.filter((partition) => partition % owners.length === place));
};
