import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedQueue } from './keyed-queue.ts';

test('the tasks of one call run one at a time and in order, whatever their length', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ call: fc.constantFrom('a', 'b', 'c'), waits: fc.boolean() })),
      fc.scheduler(),
      async (tasks, scheduler) => {
        const queue = new KeyedQueue(1000);
        const done: Record<string, number[]> = {};
        const running = new Set<string>();
        tasks.forEach(({ call, waits }, n) => {
          queue.run(call, () => {
            expect(running.has(call)).toBe(false);
            if (!waits) {
              (done[call] ??= []).push(n);
              return undefined;
            }
            running.add(call);
            return scheduler.schedule(Promise.resolve()).then(() => {
              running.delete(call);
              (done[call] ??= []).push(n);
            });
          });
        });
        await scheduler.waitFor(queue.settled());
        expect(queue.size).toBe(0);
        for (const call of new Set(tasks.map((task) => task.call))) {
          expect(done[call]).toEqual(tasks.flatMap((task, n) => (task.call === call ? [n] : [])));
        }
      },
    ),
  );
});

test('calls do not wait for each other, and a full queue says so until there is room', async () => {
  const queue = new KeyedQueue(2);
  const ends: (() => void)[] = [];
  for (const call of ['a', 'b'])
    queue.run(
      call,
      () =>
        new Promise<void>((resolve) => {
          ends.push(resolve);
        }),
    );
  expect(ends).toHaveLength(2);
  expect(queue.full).toBe(true);
  const room = queue.room();
  ends[0]?.();
  await room;
  expect(queue.full).toBe(false);
  ends[1]?.();
  await queue.settled();
});

test.each([
  ['waits', async () => {}],
  ['does not wait', () => undefined],
])('runs what a task asks for of its own key after that task, also when it %s', async (_how, ofTask) => {
  const queue = new KeyedQueue(10);
  const told: string[] = [];
  const begun = Promise.withResolvers<void>();
  queue.run('a', () => {
    queue.run('a', async () => {
      told.push('asked for begins');
      await begun.promise;
      told.push('asked for ends');
    });
    told.push('first ends');
    return ofTask();
  });
  queue.run('a', () => void told.push('third'));
  begun.resolve();
  await queue.settled();
  expect(told).toEqual(['first ends', 'asked for begins', 'asked for ends', 'third']);
  expect(queue.size).toBe(0);
});
