import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import type { Outcome } from '../domain/switch.ts';
import type { ModeKey } from './lane.ts';
import { supervisedLane } from './testing/lane-of-call.ts';
import { createVoicesOnSwitch } from './voices-on-switch.ts';

const done: Outcome = { outcome: 'done' };
const unknown: Outcome = { outcome: 'unknown', reason: 'no answer' };

const at = '2026-11-21T09:01:00.000Z';
const pressed: Readonly<Record<ModeKey['mode'], ModeKey>> = {
  spy: { key: '0', mode: 'spy', at },
  whisper: { key: '1', mode: 'whisper', at },
  barge: { key: '2', mode: 'barge', at },
};

/** Somebody barges, on a switch that answers to each try to take the voice away with the next of these, and then that it is done. */
const barging = (outcomes: readonly Outcome[], onTry: (nth: number) => void = () => {}) => {
  const under = supervisedLane('barge');
  const { callId } = under.script();
  const left = [...outcomes];
  const lines: string[] = [];
  const works: Promise<unknown>[] = [];
  let tries = 0;
  let isInDoubt = true;
  const voices = createVoicesOnSwitch({
    switch: { perform: async () => done },
    topology: {
      mute: async () => {
        onTry((tries += 1));
        return left.shift() ?? done;
      },
    },
    logger: createLogger({
      service: 'signaling',
      instance: 'test',
      into: { write: (line) => void lines.push(line) },
    }),
    timing: { pause: async () => {}, every: () => () => {} },
    closing: new AbortController().signal,
    isInDoubt: () => isInDoubt,
    aside: (work) => void works.push(work),
    followAgain: () => {},
  });
  const supervisor = under.lane.state.legs.find(({ legId }) => legId === under.supervisor);
  if (!supervisor) throw new Error('nobody supervises');
  return {
    ...under,
    press: (mode: ModeKey['mode']) => voices.keyPressed(callId, under.lane, supervisor, pressed[mode]),
    keepSilent: () => voices.keepSilent(callId, under.lane),
    isSeen: () => {
      isInDoubt = false;
    },
    tries: async () => {
      await Promise.all(works);
      return tries;
    },
    alarms: () => lines.filter((line) => line.includes('ALARM')).length,
  };
};

it('a voice that a key took away is taken away again until the switch answers', async () => {
  const { press, tries, alarms } = barging([unknown, unknown]);
  press('whisper');
  expect([await tries(), alarms()]).toEqual([3, 0]);
});

it('the fourth try in vain is an alarm, and tries go on', async () => {
  const { press, tries, alarms } = barging([unknown, unknown, unknown, unknown, unknown]);
  press('spy');
  expect([await tries(), alarms()]).toEqual([6, 1]);
});

it('a key that gives the voice back ends the tries of the key before', async () => {
  const always = Array.from({ length: 100 }, () => unknown);
  const { press, tries } = barging(always, (nth) => {
    if (nth === 2) press('barge');
  });
  press('whisper');
  expect(await tries()).toBe(2);
});

it('nothing is taken away at a key that asks for no less', async () => {
  const { press, tries } = barging([]);
  press('barge');
  expect(await tries()).toBe(0);
});

it('whoever shall not be heard by all is silenced while it is in doubt what is true, again until the switch answers', async () => {
  const { keepSilent, tries } = barging([unknown, unknown]);
  keepSilent();
  expect(await tries()).toBe(3);
});

it('is not silenced any longer once the switch was seen', async () => {
  const always = Array.from({ length: 100 }, () => unknown);
  const { keepSilent, isSeen, tries } = barging(always, (nth) => {
    if (nth === 2) isSeen();
  });
  keepSilent();
  expect(await tries()).toBe(2);
});

it('is not silenced any longer once it has left', async () => {
  const always = Array.from({ length: 100 }, () => unknown);
  const { keepSilent, goesOn, tries } = barging(always, (nth) => {
    if (nth === 2) goesOn((script) => script.leaves('1001'));
  });
  keepSilent();
  expect(await tries()).toBe(2);
});
