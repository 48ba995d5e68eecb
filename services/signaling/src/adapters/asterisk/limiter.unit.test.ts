import { expect, test } from 'vitest';
import { createLimiter, type Urgency } from './limiter.ts';

const noDeadline = new AbortController().signal;
const busy = () => {
  const limiter = createLimiter({ atOnce: 8, keptForTakingAway: 2 });
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const run = (name: string, urgency: Urgency, deadline = noDeadline): Promise<void> =>
    limiter.run(urgency, deadline, () => {
      started.push(name);
      return new Promise<void>((resolve) => finish.set(name, resolve));
    });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { run, started, finish, settled };
};

test('a request that takes something away starts at once while a hundred others wait for a switch that does not answer', async () => {
  const { run, started, settled } = busy();
  for (let n = 0; n < 100; n += 1) void run(`question ${n}`, 'ask');
  await settled();
  expect(started).toHaveLength(6);
  void run('stop the recorder', 'take-away');
  void run('hang up', 'take-away');
  await settled();
  expect(started.slice(6)).toEqual(['stop the recorder', 'hang up']);
});

test('never more than eight run at once, and what waits goes by urgency, then by age', async () => {
  const { run, started, finish, settled } = busy();
  for (let n = 0; n < 10; n += 1) void run(`away ${n}`, 'take-away');
  void run('question', 'ask');
  void run('placing', 'act');
  await settled();
  expect(started).toHaveLength(8);
  for (let n = 0; n < 10; n += 1) {
    finish.get(`away ${n}`)?.();
    await settled();
  }
  expect(started.slice(8)).toEqual(['away 8', 'away 9', 'placing', 'question']);
});

test('a request whose time is up before its turn is given up and never sent', async () => {
  const { run, started, finish, settled } = busy();
  for (let n = 0; n < 6; n += 1) void run(`slow ${n}`, 'act');
  const deadline = new AbortController();
  const waiting = run('late', 'act', deadline.signal);
  deadline.abort(new Error('time is up'));
  await expect(waiting).rejects.toThrow('time is up');
  for (let n = 0; n < 6; n += 1) finish.get(`slow ${n}`)?.();
  await settled();
  expect(started).not.toContain('late');
});
