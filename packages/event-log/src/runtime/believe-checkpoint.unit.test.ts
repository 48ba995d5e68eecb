import { expect, test } from 'vitest';
import { numberedCall } from '../fixtures/keys-service.ts';
import { believeCheckpoint } from './believe-checkpoint.ts';

const log = 'CALLS@today';
const kept = { sequence: 17, openCalls: [numberedCall(1)], log };

test('a service goes on where its checkpoint says, and at the start of the log without one', () => {
  expect(believeCheckpoint(kept, log, 17)).toEqual({ sequence: 17, openCalls: [numberedCall(1)] });
  expect(believeCheckpoint(undefined, log, 17)).toEqual({ sequence: 0, openCalls: [] });
});

test.each([
  [
    'beyond the end of the log',
    { ...kept, sequence: 1_000_000_000 },
    'it names place 1000000000, and the log ends at 17',
  ],
  ['of another log', { ...kept, log: 'CALLS@yesterday' }, 'it is of another log'],
  ['of a version before the log stood in it', { sequence: 17, openCalls: [] }, 'it is of another log'],
  ['with half a place', { ...kept, sequence: 1.5 }, 'it names no place in the log'],
  ['before the log', { ...kept, sequence: -1 }, 'it names no place in the log'],
  ['with a text as its place', { ...kept, sequence: '17' }, 'it names no place in the log'],
  ['that is no object', 'junk', 'it names no place in the log'],
  ['that is null', null, 'it names no place in the log'],
  ['without open calls', { ...kept, openCalls: 7 }, 'it does not name the open calls'],
])('a checkpoint %s is not believed, and the log is read from its start', (_, wrong, doubt) => {
  expect(believeCheckpoint(wrong, log, 17)).toEqual({ sequence: 0, openCalls: [], doubt });
});

test('what is no call id among the open calls is left out', () => {
  expect(
    believeCheckpoint({ ...kept, openCalls: [numberedCall(1), 'calls.>', 7] }, log, 17).openCalls,
  ).toEqual([numberedCall(1)]);
});
