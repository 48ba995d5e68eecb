import { partitionCount, partitionOf } from '@earshot/contracts';
import { expect, test } from 'vitest';
import { callEnded, keyPressed, keyService, numberedCall, signalingOn } from '../fixtures/keys-service.ts';
import { openMemoryStore } from '../index.ts';
import { CallStates } from './call-states.ts';

test('the open calls of a partition are those that began there and have neither ended nor been forgotten', async () => {
  const { log } = openMemoryStore().connect();
  const say = signalingOn(log);
  const states = new CallStates(log, keyService.writer, keyService.decider);
  const calls = Array.from({ length: 200 }, (_, n) => numberedCall(n));
  for (const callId of calls) {
    await say(callId, keyPressed(callId, '3'));
    await states.get(callId, Infinity);
  }
  const open = () =>
    Array.from({ length: partitionCount }, (_, partition) => states.openIn(partition).toSorted());
  const expected = (alive: readonly string[]) =>
    Array.from({ length: partitionCount }, (_, partition) =>
      alive.filter((callId) => partitionOf(callId) === partition).toSorted(),
    );
  expect(open()).toEqual(expected(calls));

  for (const callId of calls.slice(0, 50)) {
    const ended = await say(callId, callEnded);
    states.take(callId, await states.get(callId, Infinity), ended);
  }
  for (const callId of calls.slice(50, 80)) states.forget(callId);
  expect(open()).toEqual(expected(calls.slice(80)));

  states.forgetPartition(7);
  expect(open()).toEqual(expected(calls.slice(80).filter((callId) => partitionOf(callId) !== 7)));
  expect([...states.live()].map(([callId]) => callId).toSorted()).toEqual(open().flat().toSorted());
});
