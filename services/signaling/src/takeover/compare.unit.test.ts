import { createLogger } from '@earshot/service-kit';
import { expect, it } from 'vitest';
import { createSimulatedSwitch } from '../adapters/simulated/simulated-switch.ts';
import { initialState } from '../domain/call-state.ts';
import type { SwitchOperation } from '../domain/switch.ts';
import { directory } from '../domain/testing/played-call.ts';
import { createLiveLegs } from '../reports/live-legs.ts';
import { compareWithSwitch } from './compare.ts';

/** Rings a phone and makes a bridge under the ids of a call that no log knows, then compares. @returns what was done then */
const doneAbout = async (callId: string): Promise<readonly SwitchOperation['op'][]> => {
  await using theSwitch = createSimulatedSwitch();
  await theSwitch.start(() => {});
  theSwitch.phones.extension('1004');
  const ring = {
    op: 'ring',
    leg: `${callId}-l2`,
    to: { kind: 'extension', extension: '1004' },
    callerNumber: '',
    ringForMs: 60_000,
  } as const;
  for (const operation of [ring, { op: 'make-bridge', bridge: `${callId}-main.1-1` }] as const)
    await theSwitch.perform(operation);
  const done: SwitchOperation['op'][] = [];
  const watched = {
    ...theSwitch,
    perform: (operation: SwitchOperation) => {
      done.push(operation.op);
      return theSwitch.perform(operation);
    },
  };
  await compareWithSwitch({
    switch: watched,
    switchNumber: 7,
    legs: createLiveLegs(),
    directory: directory(),
    now: () => '2026-01-05T09:00:00.000Z',
    logger: createLogger({ service: 'signaling', instance: 'test', level: 'silent' }),
    watchedUntil: () => undefined,
    orders: { changesOn: () => 0, wasOrdered: () => false, takeHeart: () => {}, hasHeard: () => false },
    topology: {
      apply: async () => undefined,
      mute: async () => ({ outcome: 'done' }),
      mutedOn: () => new Set(),
      hasMoved: () => false,
      inherit: () => {},
      mainBridgeOf: () => undefined,
      saw: () => {},
      doubt: () => {},
      clear: async () => ({ outcome: 'done' }),
      forget: () => {},
    },
    liveCalls: () => [],
    stateOf: async () => initialState(),
    decide: async () => {},
    untold: () => {},
  });
  return done;
};

it('what carries our ids and belongs to no call of the log is ended', async () => {
  expect(await doneAbout('019b76da-a800-7007-bab1-bc67c7cc3363')).toEqual(['hang-up', 'drop-bridge']);
});

it("what carries the number of another switch is somebody else's, and left alone", async () => {
  expect(await doneAbout('019b76da-a800-7008-bab1-bc67c7cc3363')).toEqual([]);
});
