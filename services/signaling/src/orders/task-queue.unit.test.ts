import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import type { Outcome } from '../domain/switch.ts';
import type { Task } from '../domain/tasks.ts';
import { laneOfCall } from './testing/lane-of-call.ts';
import { createTaskQueue } from './task-queue.ts';

const topology = (topologyId: string): Task => ({
  ...{ key: `apply ${topologyId}`, task: 'apply-topology', topologyId },
  ...{ pairs: [], muted: [], isPartial: false },
});

it('a task whose turn comes when nothing may be added any more is not done, and is begun anew later', async () => {
  const { lane, script } = laneOfCall();
  const first = Promise.withResolvers<Outcome>();
  const done: string[] = [];
  let mayAdd = true;
  const queue = createTaskQueue({
    perform: async (_, __, { key }) => {
      done.push(key);
      return done.length === 1 ? first.promise : { outcome: 'done' };
    },
    mayDo: () => mayAdd,
    directory: {} as never,
    logger: createLogger({ service: 'signaling', instance: 'test', level: 'silent' }),
    now: () => '2026-11-21T09:00:09.000Z',
    uptimeMs: () => 0,
    closing: new AbortController().signal,
    decide: async () => {},
    aside: () => {},
    followAgain: () => {},
    tryLater: () => {},
  });
  const { callId } = script();
  queue.begin(callId, lane, topology('t1'));
  queue.begin(callId, lane, topology('t2'));
  await expect.poll(() => done).toEqual(['apply t1']);
  mayAdd = false;
  first.resolve({ outcome: 'done' });
  await lane.work;
  expect(done).toEqual(['apply t1']);
  mayAdd = true;
  queue.begin(callId, lane, topology('t2'));
  await lane.work;
  expect(done).toEqual(['apply t1', 'apply t2']);
});
