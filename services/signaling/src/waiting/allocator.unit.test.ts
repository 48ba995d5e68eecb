import { expect, it } from 'vitest';
import type { CallState } from '../domain/call-state.ts';
import type { Directory } from '../domain/directory.ts';
import { at, directory, waitingCaller } from '../domain/testing/played-call.ts';
import { createAllocator } from './allocator.ts';

const waiting = waitingCaller([]).state;
const group = (id: string) => ({ id, exportId: 41, name: id });
const waitsFor = (group: { id: string; exportId: number; name: string }, second: number): CallState => ({
  ...waiting,
  queue: { ...(waiting.queue as NonNullable<CallState['queue']>), group, extension: null, since: at(second) },
});

/** An allocator with these agents free, and who was given to whom; what it decides is not decided before `decided`. */
const allocating = (free: string[]) => {
  const given: string[] = [];
  let asked = 0;
  let decided = (): void => {};
  const known: Directory = {
    ...directory(),
    isFree: (extension) => free.includes(extension) && !allocator.isReserved(extension),
    freeAgentsOf: (groupId) => {
      asked += 1;
      return directory(free.filter((extension) => !allocator.isReserved(extension))).freeAgentsOf(groupId);
    },
  };
  const allocator = createAllocator({
    directory: known,
    now: () => at(60),
    decide: (callId, input) => {
      if (input.type === 'agents-reserved')
        given.push(`${callId}: ${input.agents.map(({ extension }) => extension).join(' ')}`);
      return new Promise<void>((resolve) => {
        decided = resolve;
      });
    },
  });
  return { allocator, given, asked: () => asked, decided: () => decided(), free };
};

it('who has waited longest gets the agents who are free, whatever the order in which the calls were told of', () => {
  const { allocator, given } = allocating(['1004', '2001']);
  allocator.update('late', waitsFor(group('support'), 30));
  allocator.update('sales', waitsFor(group('sales'), 20));
  allocator.update('early', waitsFor(group('support'), 10));
  allocator.allocate();
  expect(given).toEqual(['early: 1004', 'sales: 2001']);
});

it('nobody behind a caller whose agents are being decided on gets any', async () => {
  const { allocator, given, free, decided } = allocating(['1004']);
  allocator.update('early', waitsFor(group('support'), 10));
  allocator.update('late', waitsFor(group('sales'), 20));
  allocator.allocate();
  free.push('2001');
  allocator.allocate();
  expect(given).toEqual(['early: 1004']);
  allocator.update('early', { ...waiting, queue: null });
  decided();
  await new Promise((resolve) => setImmediate(resolve));
  expect(given).toEqual(['early: 1004', 'late: 2001']);
});

it('a caller who left, or whose call is over, gets nobody; one who waits for another group is in its queue', () => {
  const { allocator, given } = allocating(['1004', '2001']);
  allocator.update('gone', waitsFor(group('support'), 1));
  allocator.update('over', waitsFor(group('support'), 2));
  allocator.update('moved', waitsFor(group('support'), 3));
  allocator.update('gone', { ...waiting, queue: null });
  allocator.update('over', { ...waitsFor(group('support'), 2), ended: true });
  allocator.update('moved', waitsFor(group('sales'), 3));
  allocator.update('stays', waitsFor(group('support'), 9));
  allocator.allocate();
  expect(given).toEqual(['moved: 2001', 'stays: 1004']);
});

it('a look costs what there are queues, however many wait in them', () => {
  const { allocator, given, asked } = allocating(['1004']);
  for (let n = 0; n < 5_000; n += 1) allocator.update(`call-${n}`, waitsFor(group('sales'), n));
  allocator.update('support', waitsFor(group('support'), 5_000));
  const before = asked();
  allocator.allocate();
  expect(given).toEqual(['support: 1004']);
  expect(asked() - before).toBeLessThan(10);
});
