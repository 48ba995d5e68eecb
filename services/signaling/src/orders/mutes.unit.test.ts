import { callIdOf, type CallId } from '@earshot/contracts';
import { expect, it } from 'vitest';
import type { Outcome, SwitchOperation } from '../domain/switch.ts';
import { createMutes } from './mutes.ts';
import { mayComeLateMs } from './stray-orders.ts';

const callId = callIdOf('019b76da-a800-7000-bab1-bc67c7cc3363') as CallId;
const done: Outcome = { outcome: 'done' };

/** A switch that answers when it is told to, in whatever order. */
const slowSwitch = () => {
  const asked: { readonly op: SwitchOperation['op']; readonly answer: (outcome: Outcome) => void }[] = [];
  const perform = ({ op }: SwitchOperation): Promise<Outcome> =>
    new Promise((answer) => void asked.push({ op, answer }));
  return { asked, perform, ops: () => asked.map(({ op }) => op) };
};

it.each([
  ['the voice is given back first', [0, 1]],
  ['the voice is taken away first', [1, 0]],
] as const)(
  'a voice is taken away once more when it was being given back at that moment, when the switch answers that %s',
  async (_, order) => {
    const { asked, perform, ops } = slowSwitch();
    const mutes = createMutes({ perform }, () => 0);
    const given = mutes.unmute(callId, 'leg');
    const taken = mutes.mute(callId, 'leg');
    for (const place of order) {
      asked[place]?.answer(done);
      await Promise.resolve();
    }
    await given;
    await expect.poll(ops).toEqual(['unmute', 'mute', 'mute']);
    asked[2]?.answer(done);
    await taken;
    expect([...mutes.of(callId)]).toEqual(['leg']);
  },
);

/** Mutes of a switch that does at once what it is asked for. */
const quickMutes = () => {
  let uptime = 0;
  const mutes = createMutes({ perform: async () => done }, () => uptime);
  return { mutes, pass: (ms: number) => void (uptime += ms) };
};

it('whom the process before may have muted counts as muted when it is to be heard, and as heard when it is to be muted', () => {
  const { mutes } = quickMutes();
  mutes.inherit(callId, ['leg']);
  expect([...mutes.of(callId)]).toEqual(['leg']);
  expect(mutes.whenWanted(callId, [])).toEqual(['leg']);
  expect(mutes.whenWanted(callId, ['leg'])).toEqual([]);
});

it('whom the process before may yet mute is not heard for sure until that can no longer happen', async () => {
  const seen = { bridges: [], snoops: [], absorbed: [], muted: ['leg'] };
  const { mutes, pass } = quickMutes();
  mutes.inherit(callId, ['leg']);
  await mutes.unmute(callId, 'leg');
  mutes.saw(callId, seen);
  expect([...mutes.of(callId)]).toEqual(['leg']);
  pass(mayComeLateMs);
  await mutes.unmute(callId, 'leg');
  mutes.saw(callId, seen);
  expect([...mutes.of(callId)]).toEqual([]);
});
