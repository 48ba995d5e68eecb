import { expect, it } from 'vitest';
import { play, type Schedule } from './schedule.ts';

/** Schedules that the random suite once found and shrank, by what holds in them now. */
const found: readonly (readonly [title: string, schedule: Schedule])[] = [
  [
    'two mode keys that are let go in the same millisecond both count, and the last one holds',
    {
      line: 0,
      chance: 0,
      acts: [
        [{ act: 'supervisor-presses', who: 0, key: '2' }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '1' }, 0],
      ],
    },
  ],
  [
    'a leg that the log calls ended and that is still on the switch is hung up when both are compared',
    {
      line: 2,
      chance: 0,
      acts: [
        [{ act: 'calls', caller: 2, line: 1 }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 100, op: 'hang-up' }, 0],
      ],
    },
  ],
  [
    'agents are rung once for a call whose offer met a conflict in the log',
    { line: 2, chance: 1_094_641_981, acts: [] },
  ],
  [
    'a voice that a key took away stays away while the switch is compared with the log',
    {
      line: 2,
      chance: 0,
      acts: [
        [{ act: 'calls', caller: 1, line: 2 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'log-is-away', from: 'signaling', ms: 200, cutOff: true }, 0],
        [{ act: 'supervisor-presses', who: 3, key: '2' }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'supervisor-presses', who: 3, key: '1' }, 0],
      ],
    },
  ],
  [
    'a recorder is stopped when a party leaves although the switch does not tell a new master what is true on it',
    {
      line: 0,
      chance: 0,
      acts: [
        [{ act: 'dies', service: 'signaling' }, 0],
        [{ act: 'hangs-up', who: '1004' }, 0],
        [{ act: 'snapshots', are: 'failing', ms: 1_500 }, 0],
      ],
    },
  ],
  [
    'a supervisor who dialled a call that ended meanwhile hears why there is nothing to hear, and is let go',
    {
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'log-is-away', from: 'all', ms: 1_000, cutOff: true }, 0],
        [{ act: 'hangs-up', who: '2001' }, 0],
        [{ act: 'supervises', who: 2, code: '*92', whom: 2 }, 0],
      ],
    },
  ],
  [
    'a call whose state is being read again from the log keeps its bridge and its recorder when the switch is compared',
    {
      line: 0,
      chance: 1_784_907_257,
      acts: [
        [{ act: 'calls', caller: 3, line: 2 }, 10],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'falls-behind', service: 'signaling', ms: 200 }, 0],
        [{ act: 'agent-calls', who: 1, caller: 3 }, 3],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'log-is-away', from: 'all', ms: 4_000, cutOff: true }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '0' }, 0],
        [{ act: 'switch-is-lost', ms: 20 }, 0],
        [{ act: 'customer-presses', caller: 0, key: '2' }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'log-is-away', from: 'all', ms: 1_000, cutOff: true }, 0],
        [{ act: 'dies', service: 'recording-consent' }, 0],
        [{ act: 'supervisor-presses', who: 1, key: '5' }, 20],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'hangs-up', who: '1001' }, 0],
        [{ act: 'hangs-up', who: '2001' }, 0],
      ],
    },
  ],
  [
    'a supervisor is not thrown out because one answer of the switch was lost and two steps were refused',
    {
      line: 0,
      chance: 152_491_194,
      acts: [
        [{ act: 'hangs-up', who: '1001' }, 24],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'unmute' }, 0],
        [{ act: 'is-joined', service: 'recording-consent' }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'place' }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'switch-is-lost', ms: 1_500 }, 0],
        [{ act: 'dies', service: 'supervision' }, 0],
        [{ act: 'supervises', who: 2, code: '*91', whom: 0 }, 0],
        [{ act: 'calls', caller: 2, line: 3 }, 0],
      ],
    },
  ],
  [
    'an agent whose phone stopped ringing while nobody watched is free when the caller has left too',
    {
      line: 2,
      chance: 0,
      acts: [
        [{ act: 'calls', caller: 1, line: 3 }, 3],
        [{ act: 'is-relieved', service: 'signaling', how: 'killed', isAhead: false }, 0],
        [{ act: 'supervises', who: 2, code: '*92', whom: 0 }, 0],
        [{ act: 'hangs-up', who: '+41795551002' }, 0],
      ],
    },
  ],
  [
    'a supervisor who dials while the switch tells slowly what is true on it is not taken for lost',
    {
      line: 0,
      chance: 0,
      acts: [
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'dies', service: 'signaling' }, 3],
        [{ act: 'supervises', who: 1, code: '*91', whom: 0 }, 0],
      ],
    },
  ],
  [
    'a voice is taken away again when the first order to do so was lost',
    {
      line: 0,
      chance: 1_093_861_504,
      acts: [
        [{ act: 'is-joined', service: 'recording-consent' }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '2' }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'supervises', who: 1, code: '*91', whom: 0 }, 2],
        [{ act: 'calls', caller: 2, line: 1 }, 10],
        [{ act: 'is-relieved', service: 'supervision', how: 'killed', isAhead: false }, 0],
        [{ act: 'switch-is-lost', ms: 300 }, 3],
        [{ act: 'falls-behind', service: 'supervision', ms: 1_000 }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '1' }, 0],
      ],
    },
  ],
  [
    'a voice is taken away again also while the switch is compared and its decision is there already',
    {
      line: 1,
      chance: 397_869_223,
      acts: [
        [{ act: 'dies', service: 'recording-consent' }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'supervisor-presses', who: 3, key: '2' }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'supervises', who: 0, code: '*92', whom: 0 }, 0],
        [{ act: 'supervisor-presses', who: 1, key: '1' }, 10],
        [{ act: 'supervisor-presses', who: 2, key: '1' }, 0],
        [{ act: 'switch-is-lost', ms: 20 }, 0],
      ],
    },
  ],
  [
    'a leg that was answered after a slow snapshot was taken is not taken for lost',
    {
      opening: 'rush',
      less: 1,
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'operation-fails', how: 'late', ms: 700, op: 'ring' }, 0],
        [{ act: 'hangs-up', who: '+41795551001' }, 3],
        [{ act: 'log-is-away', from: 'all', ms: 200, cutOff: false }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
      ],
    },
  ],
  [
    'a call that could not be compared because something was done on it meanwhile is compared again at once',
    {
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'supervisor-presses', who: 3, key: '1' }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'switch-is-lost', ms: 20 }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'hangs-up', who: '+41795551001' }, 0],
        [{ act: 'supervisor-presses', who: 3, key: '0' }, 0],
      ],
    },
  ],
  [
    'a leg that ends while the switch is compared does not arrive once more',
    {
      line: 0,
      chance: 74_368_162,
      acts: [
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'supervises', who: 1, code: '*90', whom: 1 }, 10],
        [{ act: 'is-relieved', service: 'signaling', how: 'killed', isAhead: true }, 0],
        [{ act: 'calls', caller: 2, line: 3 }, 0],
        [{ act: 'calls', caller: 3, line: 0 }, 0],
      ],
    },
  ],
  [
    'a recorder that starts late, when a party has left and the log is away, is stopped at once',
    {
      line: 0,
      chance: 0,
      acts: [
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'calls', caller: 3, line: 2 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'operation-fails', how: 'late', ms: 2_500, op: 'start-recorder' }, 0],
        [{ act: 'is-joined', service: 'recording-consent' }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'supervises', who: 3, code: '*90', whom: 2 }, 0],
        [{ act: 'agent-rings', who: 3, does: 'answer' }, 0],
        [{ act: 'dies', service: 'supervision' }, 0],
        [{ act: 'falls-behind', service: 'signaling', ms: 200 }, 0],
        [{ act: 'hangs-up', who: '2001' }, 0],
        [{ act: 'log-is-away', from: 'signaling', ms: 4_000, cutOff: false }, 0],
      ],
    },
  ],
  [
    'an agent who answered a ring that was carried out late is not taken for unreachable because its repetition was refused',
    {
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'calls', caller: 3, line: 2 }, 0],
        [{ act: 'operation-fails', how: 'late', ms: 100, op: 'ring' }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'ring' }, 3],
      ],
    },
  ],
  [
    'a leg that was answered while the switch told slowly what is true on it, and whose answer the log did not have yet, is not taken for lost',
    {
      less: 7,
      line: 2,
      chance: 570_664_367,
      acts: [
        [{ act: 'is-relieved', service: 'recording-consent', how: 'ended', isAhead: true }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'make-bridge' }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'make-bridge' }, 10],
        [{ act: 'supervises', who: 0, code: '*92', whom: 2 }, 20],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 300 }, 0],
        [{ act: 'calls', caller: 3, line: 2 }, 10],
        [{ act: 'supervises', who: 0, code: '*92', whom: 3 }, 0],
        [{ act: 'customer-presses', caller: 3, key: '2' }, 10],
      ],
    },
  ],
  [
    'a recorder whose party left while the successor had no log is stopped as soon as the log was read',
    {
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'switch-is-lost', ms: 20 }, 0],
        [{ act: 'is-relieved', service: 'signaling', how: 'ended', isAhead: false }, 3],
        [{ act: 'log-is-away', from: 'signaling', ms: 4_000, cutOff: true }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'hangs-up', who: '2001' }, 0],
      ],
    },
  ],
  [
    'a supervisor whose seat in the conversation was ordered without an answer is not heard there when the order is carried out after a key that asks for less',
    {
      line: 1,
      chance: 0,
      acts: [
        [{ act: 'agent-calls', who: 0, caller: 2 }, 0],
        [{ act: 'calls', caller: 3, line: 1 }, 3],
        [{ act: 'customer-presses', caller: 3, key: '2' }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'operation-fails', how: 'late', ms: 700, op: 'place' }, 0],
        [{ act: 'supervises', who: 2, code: '*92', whom: 1 }, 3],
        [{ act: 'supervisor-presses', who: 0, key: '1' }, 0],
      ],
    },
  ],
  [
    'who talks on is not cut off because a supervisor left whose seat was ordered without an answer',
    {
      line: 0,
      chance: 1_377_945_602,
      acts: [[{ act: 'hangs-up', who: '1001' }, 0]],
    },
  ],
  [
    'a call that is read from the log again while the switch is compared is not taken for a stranger, and its bridges stay',
    {
      line: 0,
      chance: 2_145_234_946,
      acts: [
        [{ act: 'switch-is-lost', ms: 300 }, 0],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'agent-calls', who: 2, caller: 3 }, 0],
        [{ act: 'supervisor-presses', who: 2, key: '0' }, 0],
        [{ act: 'operation-fails', how: 'late', ms: 2_500, op: 'place' }, 3],
        [{ act: 'time-passes', ms: 1_500 }, 0],
        [{ act: 'switch-is-lost', ms: 20 }, 0],
        [{ act: 'supervises', who: 3, code: '*90', whom: 0 }, 0],
      ],
    },
  ],
  [
    'a supervisor who was refused and left while the switch was asked what is true does not come again as somebody who supervises',
    {
      line: 1,
      less: 5,
      chance: 1_218_606_251,
      acts: [
        [{ act: 'snapshots', are: 'slow', ms: 1_500 }, 0],
        [{ act: 'is-joined', service: 'recording-consent' }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'supervises', who: 0, code: '*90', whom: 0 }, 0],
        [{ act: 'customer-presses', caller: 0, key: '3' }, 0],
        [{ act: 'agent-calls', who: 0, caller: 0 }, 1],
        [{ act: 'supervises', who: 3, code: '*90', whom: 0 }, 0],
        [{ act: 'calls', caller: 0, line: 0 }, 0],
        [{ act: 'supervises', who: 0, code: '*90', whom: 0 }, 0],
        [{ act: 'dies', service: 'supervision' }, 0],
        [{ act: 'supervises', who: 0, code: '*90', whom: 0 }, 0],
        [{ act: 'hangs-up', who: '1004' }, 0],
        [{ act: 'customer-presses', caller: 0, key: '3' }, 0],
        [{ act: 'calls', caller: 0, line: 0 }, 0],
      ],
    },
  ],
  [
    'a recorder of which the log does not know yet that it runs is stopped when a party leaves while the log is away',
    {
      opening: 'rush',
      line: 0,
      chance: 855_823_925,
      acts: [
        [{ act: 'hangs-up', who: '+41795551001' }, 0],
        [{ act: 'agent-calls', who: 0, caller: 0 }, 0],
        [{ act: 'time-passes', ms: 500 }, 0],
        [{ act: 'log-is-away', from: 'signaling', ms: 4_000, cutOff: false }, 0],
        [{ act: 'hangs-up', who: '1004' }, 0],
        [{ act: 'time-passes', ms: 50 }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '0' }, 0],
        [{ act: 'dies', service: 'recording-consent' }, 0],
        [{ act: 'hangs-up', who: '2001' }, 0],
        [{ act: 'snapshots', are: 'slow', ms: 300 }, 0],
        [{ act: 'dies', service: 'recording-consent' }, 0],
        [{ act: 'calls', caller: 0, line: 0 }, 0],
        [{ act: 'supervisor-presses', who: 0, key: '0' }, 0],
      ],
    },
  ],
  [
    'what a recorder left whose start nobody told the log is collected by the successor',
    {
      line: 3,
      chance: 1790783084,
      acts: [
        [{ act: 'calls', caller: 3, line: 1 }, 3],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'place' }, 2],
        [{ act: 'calls', caller: 1, line: 2 }, 0],
        [{ act: 'supervisor-presses', who: 3, key: '1' }, 3],
        [{ act: 'log-is-away', from: 'supervision', ms: 1000, cutOff: false }, 0],
        [{ act: 'operation-fails', how: 'refused', ms: 0, op: 'make-bridge' }, 3],
        [{ act: 'time-passes', ms: 1500 }, 3],
        [{ act: 'hangs-up', who: '+41795551002' }, 0],
        [{ act: 'dies', service: 'signaling' }, 0],
      ],
    },
  ],
];

it.each(found)('%s', async (_, schedule) => {
  expect(await play(schedule)).toEqual([]);
});
