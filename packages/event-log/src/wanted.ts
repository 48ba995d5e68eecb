import { partitionCount } from '@earshot/contracts';

/** Partition in a subject of the log; one that names none there is belongs to the first: somebody handles it. */
export const partitionIn = (subject: string): number => {
  const partition = Number(subject.split('.')[2]);
  return Number.isInteger(partition) && partition >= 0 && partition < partitionCount ? partition : 0;
};

/** Tells the subjects that a follower wants: of some partitions, of one switch, of both; undefined: of all. */
export const wantedOf = (
  partitions: readonly number[] | undefined,
  on: number | undefined,
): ((subject: string) => boolean) => {
  const some = partitions && partitions.length < partitionCount ? new Set(partitions) : undefined;
  const isOn = (subject: string): boolean => on === undefined || subject.split('.')[1] === `${on}`;
  return (subject) => isOn(subject) && (some === undefined || some.has(partitionIn(subject)));
};
